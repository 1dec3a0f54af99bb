import { getHeapStatistics } from "node:v8";
import { type Clock, systemClock } from "../util/clock.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";

export interface BudgetOptions {
  /** Default 60 s. */
  readonly time?: Duration;
  /** Heap and buffers of this process, in bytes (default 2 GiB); never more than {@link heapShare} of V8's own limit. */
  readonly memoryBytes?: number;
  readonly clock?: Clock;
  /** Bytes used now; to be replaced in tests. */
  readonly memoryUsed?: () => number;
}

/** V8 ends the process when its heap is full. This much of it may be used, so that a checker gives up before. */
const heapShare = 0.85;

/**
 * What a checker may spend. It asks now and then, and gives up when it is told so: its verdict is then inconclusive
 * ("unknown"), with what was spent. The time runs from the budget's making.
 */
export class Budget {
  readonly #timeMs: number;
  readonly #memoryBytes: number;
  readonly #clock: Clock;
  readonly #memoryUsed: () => number;
  readonly #start: number;

  constructor(options: BudgetOptions = {}) {
    this.#timeMs = milliseconds(options.time ?? "60s");
    this.#memoryBytes = Math.min(
      options.memoryBytes ?? 2 * 1024 ** 3,
      heapShare * getHeapStatistics().heap_size_limit,
    );
    this.#clock = options.clock ?? systemClock;
    this.#memoryUsed = options.memoryUsed ?? usedBytes;
    this.#start = this.#clock.now();
  }

  /** What is overspent, in words; undefined while there is something left. Costs some microseconds: not for every event. */
  exceeded(): string | undefined {
    const spentMs = this.#clock.now() - this.#start;
    if (spentMs > this.#timeMs)
      return `spent ${formatDuration(spentMs)}, its budget is ${formatDuration(this.#timeMs)}`;
    if (this.#memoryUsed() > this.#memoryBytes) {
      globalThis.gc?.(); // where Node exposes it: garbage is no use of memory
      const used = this.#memoryUsed();
      if (used > (globalThis.gc === undefined ? 1 : nearlyAll) * this.#memoryBytes)
        return `used ${megabytes(used)} of memory, its budget is ${megabytes(this.#memoryBytes)}`;
    }
    return undefined;
  }
}

/** When so much is still used after the garbage was collected, collecting it again and again would take all the time. */
const nearlyAll = 0.9;

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
