import { DeadlineError, withDeadline } from "../telemetry/clock.ts";
import { type OutgoingMessage, PublishError } from "./messaging.ts";
import { partitionOf } from "./partitioner.ts";

/** A batch for one partition: what the clients are given, because larger sends lose messages in a failover. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly OutgoingMessage[];
}

export interface PartitionSendersOptions {
  /** Writes a batch; resolves when it is acknowledged. */
  readonly send: (batch: PartitionBatch) => Promise<unknown>;
  readonly partitionsOf: (topic: string) => number;
  /** A publish rejects after this long. */
  readonly deadlineMs: number;
  /** A send that has not settled by then is given up as stuck, and the partition goes on without it. */
  readonly stuckAfterMs: number;
  readonly onStuck: () => void;
}

/**
 * One sender a partition: the next batch of a partition goes out when the one before has settled, while other
 * partitions go on. Neither client keeps order, or even keeps messages, when sends to a partition overlap
 * during a failover. A batch that missed its deadline still holds its partition until the client settles it.
 */
export class PartitionSenders {
  readonly #options: PartitionSendersOptions;
  readonly #tails = new Map<string, Promise<void>>();

  constructor(options: PartitionSendersOptions) {
    this.#options = options;
  }

  /** @throws PublishError */
  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const batches = this.#batchesOf(messages);
    const { deadlineMs } = this.#options;
    const outcomes = await Promise.allSettled(
      batches.map((batch) => {
        const expiry = { passed: false };
        const what = `publishing to ${batch.topic}[${batch.partition}]`;
        return withDeadline(this.#enqueue(batch, expiry), deadlineMs, what).finally(() => {
          expiry.passed = true;
        });
      }),
    );
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "fulfilled"
        ? []
        : (batches[index]?.messages ?? []).map((message) => ({ message, reason: outcome.reason })),
    );
    if (failures.length > 0) throw new PublishError(failures);
  }

  /** Resolves when no send is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#tails.values());
  }

  #batchesOf(messages: readonly OutgoingMessage[]): PartitionBatch[] {
    const batches = new Map<string, PartitionBatch & { messages: OutgoingMessage[] }>();
    for (const message of messages) {
      const { topic } = message;
      const partition = partitionOf(message.key, this.#options.partitionsOf(topic));
      const lane = `${topic}/${partition}`;
      const batch = batches.get(lane) ?? { topic, partition, messages: [] };
      batches.set(lane, batch);
      batch.messages.push(message);
    }
    return [...batches.values()];
  }

  #enqueue(batch: PartitionBatch, expiry: { readonly passed: boolean }): Promise<void> {
    const lane = `${batch.topic}/${batch.partition}`;
    const before = this.#tails.get(lane) ?? Promise.resolve();
    const turn = before.then(() => {
      // The caller has given it up before its turn came: it was certainly not written, and must not be now.
      if (expiry.passed) throw new DeadlineError(`${lane} was not free in time`);
      return this.#sendOrGiveUp(batch);
    });
    const tail = turn.catch(() => {});
    this.#tails.set(lane, tail);
    void tail.then(() => {
      if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
    });
    return turn;
  }

  async #sendOrGiveUp(batch: PartitionBatch): Promise<void> {
    const { send, stuckAfterMs, onStuck } = this.#options;
    try {
      await withDeadline(send(batch), stuckAfterMs, `a send to ${batch.topic}[${batch.partition}]`);
    } catch (error) {
      if (error instanceof DeadlineError) onStuck();
      throw error;
    }
  }
}
