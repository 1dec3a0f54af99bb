import type { Batch, LogRecord } from "./client.ts";

interface Segment {
  readonly rebalance: boolean;
  readonly records: LogRecord[];
}

/**
 * Makes polls of a client that pushes: what comes is kept until it is asked for, cut where the assignment changed, so that
 * the records of a batch were all read after the change that it tells of.
 */
export class PollBuffer {
  #segments: Segment[] = [];
  #error: Error | undefined;
  #wake = Promise.withResolvers<void>();

  push(record: LogRecord): void {
    const last = this.#segments.at(-1);
    if (last === undefined) this.#segments.push({ rebalance: false, records: [record] });
    else last.records.push(record);
    this.#wake.resolve();
  }

  /** Partitions were assigned or taken away. */
  rebalanced(): void {
    this.#segments.push({ rebalance: true, records: [] });
  }

  /** The client has broken off; what it delivered before is still there to be polled. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#wake.resolve();
  }

  /**
   * Waits for records; when the signal aborts first, there are none.
   * @throws what {@link fail} was given.
   */
  async poll(signal: AbortSignal): Promise<Batch> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      for (;;) {
        const batch = this.#take();
        if (batch) return batch;
        if (this.#error) throw this.#error;
        if (signal.aborted) return this.#takeEmpty();
        this.#wake = Promise.withResolvers<void>();
        await Promise.race([this.#wake.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The oldest records up to the next change of the assignment; a change without records joins the next one. */
  #take(): Batch | undefined {
    const first = this.#segments.findIndex(({ records }) => records.length > 0);
    const segment = this.#segments[first];
    if (segment === undefined) return undefined;
    const rebalance = this.#segments.slice(0, first + 1).some((one) => one.rebalance);
    this.#segments = this.#segments.slice(first + 1);
    return { rebalance, records: segment.records };
  }

  #takeEmpty(): Batch {
    const rebalance = this.#segments.some((segment) => segment.rebalance);
    this.#segments = [];
    return { rebalance, records: [] };
  }
}
