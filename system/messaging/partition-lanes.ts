import { type Clock, systemClock, withDeadline } from "../telemetry/clock.ts";
import type { IncomingMessage, MessageHandler } from "./messaging.ts";
import { OffsetCommitter, type OffsetCommitterOptions } from "./offset-committer.ts";

export interface PartitionLanesOptions extends OffsetCommitterOptions {
  readonly handler: MessageHandler;
  readonly onFailure: (message: IncomingMessage, error: unknown) => void;
  /** Called with true when enough messages wait that no more should be fetched, with false when more may. */
  readonly onPressure: (high: boolean) => void;
  readonly clock?: Clock;
}

const highWater = 1_000;
const lowWater = 500;
const flushWithinMs = 2_000;
const backoffMs = { first: 100, last: 5_000 };

interface Lane {
  readonly queue: IncomingMessage[];
  readonly committer: OffsetCommitter;
  /** Settles when the lane is idle. */
  running: Promise<void> | undefined;
}

/**
 * The heart of both consumers: a lane for each partition, in which messages are handled one after another, committed
 * after they were handled, and handled again after a back-off when they failed. A lane that waits does not hold
 * up the others, nor the client's heartbeats.
 *
 * A *generation* lasts from one assignment of partitions to the next. With a new one, waiting messages are dropped (the
 * client fetches again from the last commit), and a message still being handled is not committed: the partition
 * may be another member's now. Even so a lane never handles two messages at once.
 */
export class PartitionLanes {
  readonly #options: PartitionLanesOptions;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  #generation = new AbortController();
  #closed = false;
  #waiting = 0;
  #pressed = false;

  constructor(options: PartitionLanesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Adds a message of the present generation. */
  push(message: IncomingMessage): void {
    if (this.#closed) return;
    const key = `${message.topic}/${message.partition}`;
    const lane = this.#lanes.get(key) ?? this.#newLane(key);
    lane.queue.push(message);
    this.#count(1);
    lane.running ??= this.#run(lane);
  }

  /** Begins a new generation. */
  reset(): void {
    this.#dropWaiting();
    for (const lane of this.#lanes.values()) lane.committer.reset();
    this.#generation.abort(new Error("the partitions were assigned anew"));
    this.#generation = new AbortController();
  }

  /** Takes no more; resolves when the messages at hand are handled and committed, or have stopped waiting. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dropWaiting();
    this.#generation.abort(new Error("the consumer is closing"));
    const lanes = [...this.#lanes.values()];
    await Promise.all(lanes.map((lane) => lane.running));
    const flushed = Promise.all(lanes.map((lane) => lane.committer.flushed()));
    await withDeadline(flushed, flushWithinMs, "the last commits").catch(() => {
      for (const lane of lanes) lane.committer.reset();
    });
  }

  #newLane(key: string): Lane {
    const committer = new OffsetCommitter(this.#options, this.#clock);
    const lane: Lane = { queue: [], committer, running: undefined };
    this.#lanes.set(key, lane);
    return lane;
  }

  async #run(lane: Lane): Promise<void> {
    for (let message = lane.queue[0]; message; message = lane.queue[0]) {
      const generation = this.#generation;
      const handled = await this.#handle(message, generation.signal);
      const current = generation === this.#generation;
      if (handled && current) lane.committer.handled(message);
      if (lane.queue[0] === message) {
        lane.queue.shift();
        this.#count(-1);
      }
    }
    // In the same breath as finding the queue empty, so that no message is pushed into a lane that is about to stop.
    lane.running = undefined;
  }

  /** Hands the message over until it is handled. False when that is not wanted any more. */
  async #handle(message: IncomingMessage, signal: AbortSignal): Promise<boolean> {
    for (let delay = backoffMs.first; !signal.aborted; delay = Math.min(delay * 2, backoffMs.last)) {
      try {
        await this.#options.handler(message, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        this.#options.onFailure(message, error);
        await this.#clock.sleep(delay, signal).catch(() => {});
      }
    }
    return false;
  }

  #dropWaiting(): void {
    for (const lane of this.#lanes.values()) {
      this.#count(-lane.queue.length);
      lane.queue.length = 0;
    }
  }

  #count(difference: number): void {
    this.#waiting += difference;
    if (!this.#pressed && this.#waiting >= highWater) this.#press(true);
    else if (this.#pressed && this.#waiting <= lowWater) this.#press(false);
  }

  #press(high: boolean): void {
    this.#pressed = high;
    this.#options.onPressure(high);
  }
}
