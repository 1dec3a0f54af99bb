import pLimit, { type LimitFunction } from "p-limit";
import type { Metrics } from "../telemetry/metrics.ts";

/**
 * Bounds how much work of a kind an instance has under way, however many partitions it was given. What finds no
 * place waits in turn; meanwhile its partition takes no other message, so the rest stays in Kafka.
 */
export class WorkLimit {
  readonly #kind: string;
  readonly #limit: LimitFunction;
  readonly #metrics: Pick<Metrics, "workActive" | "workWaiting">;

  /** @param kind the label of the metrics. */
  constructor(kind: string, places: number, metrics: Pick<Metrics, "workActive" | "workWaiting">) {
    this.#kind = kind;
    this.#limit = pLimit(places);
    this.#metrics = metrics;
  }

  /** Runs the work when a place is free; rejects with the signal's reason when it has aborted by then. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const kind = { kind: this.#kind };
    const { workActive, workWaiting } = this.#metrics;
    workWaiting.inc(kind);
    return this.#limit(async () => {
      workWaiting.dec(kind);
      signal.throwIfAborted();
      workActive.inc(kind);
      try {
        return await work();
      } finally {
        workActive.dec(kind);
      }
    });
  }
}
