import type { HistoryEvent } from "../history/event.ts";
import { elementsRead } from "../history/set-operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import {
  AnomalyList,
  type EndedOperation,
  type OperationJudge,
  streamingChecker,
} from "./operation-judge.ts";
import { quantile } from "./quantile.ts";
import { type ElementStory, ElementTable } from "./set-elements.ts";
import type { Checker } from "./verdict.ts";

export interface SetFullOptions {
  /**
   * For how long after an element is known a read may still miss it. Absent: any time, it is only measured. `0`: not at all, the set
   * is linearizable.
   */
  readonly staleFor?: Duration;
}

/**
 * A set that only grows (`add`), read as a whole (`read`). An element is *known* from its add's ok or the first read that showed it,
 * whichever came first. Reads are ordered by real time: one is after what had ended when it began.
 *
 * - `lost`: a read after the element was known, and after every read that showed it, did not show it
 * - `stale`: a read longer than `staleFor` after the element was known missed it, and it was shown later
 * - `duplicated`: one read showed it more than once
 * - `unexpected`: a read showed it, but no add of it had begun, or every one failed
 *
 * Inconclusive: nothing known, no read, or an element that is acknowledged and *never read*: no read began after that.
 */
export function setFull(options: SetFullOptions = {}): Checker {
  const staleForMs =
    options.staleFor === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.staleFor);
  return streamingChecker("set-full", () => new SetJudge(staleForMs));
}

/** A read of more elements is shown by its invoke, which has none, lest a report be all elements. */
const SHOWN_ELEMENTS = 100;

class SetJudge implements OperationJudge<number> {
  readonly #staleForMs: number;
  readonly #sets = new Map<string, ElementTable>();
  readonly #anomalies = new AnomalyList();
  readonly #counts = { reads: 0, known: 0, unknown: 0, stable: 0, stale: 0, lost: 0, "never read": 0 };
  /** Of each element that is there in the end, for how long reads missed it once it was known. */
  readonly #staleMs: number[] = [];

  constructor(staleForMs: number) {
    this.#staleForMs = staleForMs;
  }

  invoked(invoke: HistoryEvent, position: number): number {
    if (invoke.f === "add") this.#set(invoke).attempt(invoke.value, position);
    return position;
  }

  completed({ invoke, completion }: EndedOperation, began: number, position: number): void {
    const { type } = completion;
    if (invoke.f === "add" && type === "ok")
      this.#set(invoke).acknowledge(invoke.value, completion, position);
    if (invoke.f === "add" && type === "fail") this.#set(invoke).refuse(invoke.value, began);
    if (invoke.f === "read" && type === "ok") this.#read(invoke, completion, began, position);
  }

  end(_open: readonly unknown[], whole: boolean) {
    // Of part of a history, an element that is missing may yet be shown.
    if (whole) for (const set of this.#sets.values()) for (const story of set.stories()) this.#judge(story);
    const { known, reads, "never read": neverRead } = this.#counts;
    const gaps = [
      ...(reads === 0 ? ["no read succeeded"] : []),
      ...(known === 0 && whole ? ["no element is known to be in the set"] : []),
      ...(neverRead > 0
        ? [`${neverRead} acknowledged element(s) were never read: no read began after their add's ok`]
        : []),
    ];
    const stale = (q: number) => Math.round(quantile(this.#staleMs, q) ?? 0);
    return {
      anomalies: this.#anomalies.shown,
      totals: this.#anomalies.totals,
      gaps,
      passedReason: `${known} elements known, none lost over ${reads} reads, ${this.#counts.stale} seen late`,
      counts: {
        ...this.#counts,
        duplicated: this.#anomalies.count("duplicated"),
        unexpected: this.#anomalies.count("unexpected"),
        "stale p50 (ms)": stale(0.5),
        "stale p95 (ms)": stale(0.95),
        "stale p99 (ms)": stale(0.99),
        "stale max (ms)": stale(1),
      },
    };
  }

  #read(invoke: HistoryEvent, ok: HistoryEvent, began: number, ended: number): void {
    this.#counts.reads++;
    const elements = elementsRead(ok);
    const witness = elements.length > SHOWN_ELEMENTS ? invoke : ok;
    const read = { began, ended, beganAt: invoke.time, witness };
    for (const element of this.#set(invoke).show(elements, read, ok.time)) {
      const message = `element ${element} is more than once in what event ${ok.index} read`;
      this.#anomalies.add("duplicated", message, [witness]);
    }
  }

  #judge({ element: name, unexpected, known, firstShown, lastShown, lastMissed }: ElementStory): void {
    const element = `element ${name}`;
    if (unexpected) {
      const message = `${element} was read, and no add of it that did not fail had begun`;
      this.#anomalies.add("unexpected", message, firstShown ? [firstShown.witness] : []);
      return;
    }
    if (known === undefined) {
      this.#counts.unknown++;
      return;
    }
    this.#counts.known++;
    const missed = lastMissed !== undefined && lastMissed.began > known.position ? lastMissed : undefined;
    const witnesses = [known.event, ...[lastShown, missed].flatMap((read) => read?.witness ?? [])];
    if (missed && missed.began > (lastShown?.ended ?? -1)) {
      this.#counts.lost++;
      const message = `${element} was ${howKnown(known.event)}, and a later read (event ${missed.witness.index}) did not show it`;
      this.#anomalies.add("lost", message, witnesses);
    } else if (missed) {
      this.#counts.stale++;
      const ms = (missed.beganAt - known.at) / 1e6;
      this.#staleMs.push(ms);
      if (ms <= this.#staleForMs && this.#staleForMs > 0) return;
      const message = `${element} was ${howKnown(known.event)}, and a read that began ${formatDuration(ms)} later missed it`;
      this.#anomalies.add("stale", message, witnesses);
    } else if (lastShown) {
      this.#counts.stable++;
      this.#staleMs.push(0);
    } else {
      this.#counts["never read"]++;
    }
  }

  /** Operations without a key are on one set of their own. */
  #set({ key = "" }: HistoryEvent): ElementTable {
    const known = this.#sets.get(key) ?? new ElementTable();
    this.#sets.set(key, known);
    return known;
  }
}

const howKnown = (event: HistoryEvent) =>
  event.f === "add" ? `acknowledged (event ${event.index})` : `shown by a read (event ${event.index})`;
