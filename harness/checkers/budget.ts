import { type Clock, systemClock } from "../util/clock.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";

export interface BudgetOptions {
  /** Default 60 s. */
  readonly time?: Duration;
  /** Heap and buffers of this process, in bytes (default 2 GiB). */
  readonly memoryBytes?: number;
  readonly clock?: Clock;
  /** Bytes used now; to be replaced in tests. */
  readonly memoryUsed?: () => number;
}

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
    this.#memoryBytes = options.memoryBytes ?? 2 * 1024 ** 3;
    this.#clock = options.clock ?? systemClock;
    this.#memoryUsed = options.memoryUsed ?? usedBytes;
    this.#start = this.#clock.now();
  }

  /** What is overspent, in words; undefined while there is something left. Costs some microseconds: not for every event. */
  exceeded(): string | undefined {
    const spentMs = this.#clock.now() - this.#start;
    if (spentMs > this.#timeMs)
      return `spent ${formatDuration(spentMs)}, its budget is ${formatDuration(this.#timeMs)}`;
    const used = this.#memoryUsed();
    if (used > this.#memoryBytes)
      return `used ${megabytes(used)} of memory, its budget is ${megabytes(this.#memoryBytes)}`;
    return undefined;
  }
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
