import type { HistoryEvent } from "../../history/event.ts";
import { anomaly } from "../result.ts";
import type { Anomaly } from "../verdict.ts";

/** What the log checker finds, in the order in which it names it: causes before what follows from them. */
export const logAnomalies = [
  "inconsistent-offsets",
  "duplicate",
  "G1a",
  "lost-write",
  "nonmonotonic-send",
  "nonmonotonic-poll",
  "poll-skip",
  "unseen",
] as const;
export type LogAnomaly = (typeof logAnomalies)[number];

/** So many of a kind are told; all are counted. */
export const listedCap = 20;

interface Finding {
  readonly message: string;
  /** Places in the history of the events that show it. */
  readonly places: readonly number[];
}

/** Anomalies found so far, with their witnesses by place: the events themselves are not held. */
export class Findings {
  readonly #listed = new Map<LogAnomaly, Finding[]>();
  readonly #counts = new Map<LogAnomaly, number>();

  /** @param describe called only for those that are told. */
  add(type: LogAnomaly, places: readonly number[], describe: () => string): void {
    this.#counts.set(type, this.count(type) + 1);
    const listed = this.#listed.get(type) ?? [];
    if (listed.length === 0) this.#listed.set(type, listed);
    if (listed.length < listedCap)
      listed.push({ message: describe(), places: [...new Set(places)].sort((a, b) => a - b) });
  }

  count(type: LogAnomaly): number {
    return this.#counts.get(type) ?? 0;
  }

  /** The places of all witnesses. */
  places(): Set<number> {
    return new Set([...this.#listed.values()].flat().flatMap(({ places }) => places));
  }

  /** @param eventAt the event of a place. */
  anomalies(eventAt: (place: number) => HistoryEvent | undefined): Anomaly[] {
    return logAnomalies.flatMap((type) =>
      (this.#listed.get(type) ?? []).map(({ message, places }) =>
        anomaly(
          type,
          message,
          places.map(eventAt).filter((event) => event !== undefined),
        ),
      ),
    );
  }
}
