import { z } from "zod";
import type { HistoryEvent } from "../history/event.ts";
import { bucketOf, type TimeAxis } from "./axis.ts";

/** Work under way per bucket, at the bucket's end. */
export interface RecordingsView {
  readonly inFlight: number[];
  /** Cumulative. */
  readonly handedOver: number[];
  readonly completed: number[];
  readonly failed: number[];
}

const statusValue = z.object({ status: z.string() });

/**
 * Follows recordings of the transcription workload: in flight from an acknowledged `finish` until a read
 * first shows COMPLETED or FAILED.
 */
export class RecordingSeries {
  readonly #axis: TimeAxis;
  readonly #handedOver = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #counts: { handedOver: number[]; completed: number[]; failed: number[] };

  constructor(axis: TimeAxis) {
    this.#axis = axis;
    const zeros = () => new Array<number>(axis.buckets).fill(0);
    this.#counts = { handedOver: zeros(), completed: zeros(), failed: zeros() };
  }

  add(event: HistoryEvent): void {
    if (event.type !== "ok" || event.key === undefined) return;
    if (event.f === "finish" && !this.#handedOver.has(event.key)) {
      this.#handedOver.add(event.key);
      this.#increment(this.#counts.handedOver, event.time);
    }
    if (["status", "update", "result"].includes(event.f) && !this.#ended.has(event.key)) {
      const status = statusValue.safeParse(event.value).data?.status;
      if (status !== "COMPLETED" && status !== "FAILED") return;
      this.#ended.add(event.key);
      this.#increment(status === "COMPLETED" ? this.#counts.completed : this.#counts.failed, event.time);
    }
  }

  /** Null when the history holds no recordings (another workload). */
  finish(): RecordingsView | null {
    if (this.#handedOver.size === 0) return null;
    const handedOver = cumulative(this.#counts.handedOver);
    const completed = cumulative(this.#counts.completed);
    const failed = cumulative(this.#counts.failed);
    const inFlight = handedOver.map((n, i) => Math.max(0, n - (completed[i] ?? 0) - (failed[i] ?? 0)));
    return { inFlight, handedOver, completed, failed };
  }

  #increment(counts: number[], time: number): void {
    const bucket = bucketOf(this.#axis, time);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
}

function cumulative(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
}
