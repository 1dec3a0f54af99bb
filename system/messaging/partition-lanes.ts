import { type Clock, systemClock, withDeadline } from "../telemetry/clock.ts";
import type { MessagingHooks } from "./hooks.ts";
import type { IncomingMessage, MessageHandler, SubscribeOptions } from "./messaging.ts";
import { OffsetCommitter, type OffsetCommitterOptions } from "./offset-committer.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionLanesOptions extends OffsetCommitterOptions {
  readonly handler: MessageHandler;
  readonly onFailure: (message: IncomingMessage, error: unknown) => void;
  /** Called with true when enough messages wait that no more should be fetched, with false when more may. */
  readonly onPressure: (high: boolean) => void;
  /** How many messages are held, waiting or at hand. */
  readonly onInFlight: (count: number) => void;
  readonly clock?: Clock;
}

/** What the lanes of a subscription do with messages, and whom they tell. */
export function laneHandling(
  { group, handler }: Pick<SubscribeOptions, "group" | "handler">,
  hooks: MessagingHooks,
): Pick<PartitionLanesOptions, "handler" | "onFailure" | "onCommitFailure" | "onInFlight"> {
  return {
    handler,
    onFailure: hooks.onFailure,
    onCommitFailure: hooks.onCommitFailure,
    onInFlight: (count) => hooks.onInFlight(group, count),
  };
}

/** No more is fetched above the high-water marks, of messages or of characters of their values. */
const highWater = { messages: 1_000, characters: 8 * 1024 * 1024 };
const flushWithinMs = 2_000;
const backoffMs = { first: 100, last: 5_000 };

interface Lane {
  queue: IncomingMessage[];
  readonly committer: OffsetCommitter;
  /** Aborts when what is handled is not wanted any more; a new one begins when the partition was lost. */
  ownership: AbortController;
  /** The last message taken in this ownership. */
  last: bigint;
  /** Settles when the lane is idle. */
  running: Promise<void> | undefined;
  /** Settles with the present try of the message at hand. */
  atHand: Promise<boolean> | undefined;
}

const nothingYet = -1n;
const laneOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;

/**
 * The heart of all consumers: a lane for each partition, in which messages are handled one after another, committed
 * after they were handled, and handled again after a back-off when they failed. A lane that waits does not hold
 * up the others, nor the client's heartbeats.
 *
 * A lane's *ownership* lasts from the assignment of its partition to its loss. With the loss, waiting messages are dropped
 * (the next owner fetches from the last commit), and a message still being handled is not committed. Even so a lane
 * never handles two messages at once, nor, in one ownership, the same message a second time after it was handled: clients
 * fetch again from the last commit when the group changes.
 */
export class PartitionLanes {
  readonly #options: PartitionLanesOptions;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  #held: PromiseWithResolvers<void> | undefined;
  #closed = false;
  #messages = 0;
  #characters = 0;
  #pressed = false;

  constructor(options: PartitionLanesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Whether no more should be fetched now. */
  get pressed(): boolean {
    return this.#pressed;
  }

  /** Takes a message of a partition that this member has. */
  push(message: IncomingMessage): void {
    if (this.#closed) return;
    const lane = this.#lanes.get(laneOf(message)) ?? this.#newLane(message);
    if (message.offset <= lane.last) return;
    lane.last = message.offset;
    lane.queue.push(message);
    this.#count(1, message.value.length);
    lane.running ??= this.#run(lane);
  }

  /** The partitions are another member's now, or may be. */
  revoke(partitions: Iterable<TopicPartition>): void {
    for (const partition of partitions) {
      const lane = this.#lanes.get(laneOf(partition));
      if (lane) this.#end(lane);
    }
  }

  /** All partitions may be another member's now. */
  revokeAll(): void {
    for (const lane of this.#lanes.values()) this.#end(lane);
  }

  /**
   * Begins with no further message until {@link release}. Resolves when those at hand are handled and committed, or after
   * `withinMs`: a partition can be given away then without another member's handling the same message again.
   */
  async hold(withinMs: number): Promise<void> {
    this.#held ??= Promise.withResolvers();
    const lanes = [...this.#lanes.values()];
    const atRest = async () => {
      await Promise.all(lanes.map((lane) => lane.atHand));
      await Promise.all(lanes.map((lane) => lane.committer.flushed()));
    };
    await withDeadline(atRest(), withinMs, "the messages at hand").catch(() => {});
  }

  /** Goes on after {@link hold}. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Takes no more; resolves when the messages at hand are handled and committed, or have stopped waiting. */
  async close(): Promise<void> {
    this.#closed = true;
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) {
      this.#drop(lane);
      lane.ownership.abort(new Error("the consumer is closing"));
    }
    this.release();
    await Promise.all(lanes.map((lane) => lane.running));
    const flushed = Promise.all(lanes.map((lane) => lane.committer.flushed()));
    await withDeadline(flushed, flushWithinMs, "the last commits").catch(() => {
      for (const lane of lanes) lane.committer.reset();
    });
  }

  #newLane(partition: TopicPartition): Lane {
    const lane: Lane = {
      queue: [],
      committer: new OffsetCommitter(this.#options, this.#clock),
      ownership: new AbortController(),
      last: nothingYet,
      running: undefined,
      atHand: undefined,
    };
    this.#lanes.set(laneOf(partition), lane);
    return lane;
  }

  async #run(lane: Lane): Promise<void> {
    let delay = backoffMs.first;
    for (;;) {
      if (this.#held) await this.#held.promise;
      const message = lane.queue[0];
      if (!message) break;
      const { ownership } = lane;
      lane.atHand = this.#try(message, lane);
      const handled = await lane.atHand;
      lane.atHand = undefined;
      const stillFirst = lane.queue[0] === message; // else the partition was lost, or the consumer closes
      if (stillFirst && !handled) {
        await this.#clock.sleep(delay, ownership.signal).catch(() => {});
        delay = Math.min(delay * 2, backoffMs.last);
        continue;
      }
      delay = backoffMs.first;
      if (stillFirst) {
        lane.queue.shift();
        this.#count(-1, -message.value.length);
      }
    }
    // In the same breath as finding the queue empty, so that no message is pushed into a lane that is about to stop.
    lane.running = undefined;
  }

  /** Hands the message over once, and has it committed when it was handled and the partition is still this member's. */
  async #try(message: IncomingMessage, lane: Lane): Promise<boolean> {
    const { ownership } = lane;
    try {
      await this.#options.handler(message, ownership.signal);
    } catch (error) {
      if (!ownership.signal.aborted) this.#options.onFailure(message, error);
      return false;
    }
    if (ownership === lane.ownership) lane.committer.handled(message);
    return true;
  }

  #end(lane: Lane): void {
    this.#drop(lane);
    lane.committer.reset();
    lane.ownership.abort(new Error("the partition was assigned anew"));
    lane.ownership = new AbortController();
    lane.last = nothingYet;
  }

  #drop(lane: Lane): void {
    const characters = lane.queue.reduce((sum, { value }) => sum + value.length, 0);
    this.#count(-lane.queue.length, -characters);
    lane.queue = [];
  }

  #count(messages: number, characters: number): void {
    this.#messages += messages;
    this.#characters += characters;
    this.#options.onInFlight(this.#messages);
    const fill = Math.max(this.#messages / highWater.messages, this.#characters / highWater.characters);
    if (!this.#pressed && fill >= 1) this.#press(true);
    else if (this.#pressed && fill <= 0.5) this.#press(false);
  }

  #press(high: boolean): void {
    this.#pressed = high;
    this.#options.onPressure(high);
  }
}
