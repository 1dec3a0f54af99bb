import { type BaseOptions, findErrorBy, stringDeserializers } from "@platformatic/kafka";
import type { Batch, GroupMember } from "./client.ts";
import { closed } from "./closed.ts";
import { GroupConsumer } from "./platformatic-group-consumer.ts";
import { readTopic, type StringMessage } from "./platformatic-stream.ts";
import { PollBuffer } from "./poll-buffer.ts";

/** What the group's coordinator answers to a member that it has replaced. */
const fencing = ["FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID"];

/** A heartbeat that gets no answer for so long means that the group has gone on without this member. */
const stalledAfterMs = 12_000;

/** A member of a consumer group by @platformatic/kafka. */
export class PlatformaticMember implements GroupMember {
  readonly #consumer: GroupConsumer;
  readonly #topic: string;
  readonly #buffer = new PollBuffer();
  /** The partitions it has, as text: what it is compared by. */
  #assigned = "";
  /** Of each partition: the leader's epoch when it was last read, and what to commit. */
  readonly #epochs = new Map<number, number>();
  readonly #positions = new Map<number, number>();

  constructor(options: BaseOptions & { readonly groupId: string }, topic: string) {
    this.#topic = topic;
    this.#consumer = new GroupConsumer({
      ...options,
      retries: true,
      autocommit: false,
      deserializers: stringDeserializers,
      groupProtocol: "consumer",
      heartbeatStallTimeout: stalledAfterMs,
      maxWaitTime: 500,
    });
    this.#consumer.on("error", (error) => this.#buffer.fail(error));
    this.#consumer.on("consumer:heartbeat:stalled", () =>
      this.#buffer.fail(new Error(`no heartbeat was answered for ${stalledAfterMs} ms`)),
    );
    this.#consumer.on("consumer:heartbeat:error", ({ error }) => {
      if (fencing.some((id) => findErrorBy(error, "apiId", id))) this.#buffer.fail(error);
    });
    this.#consumer.on("consumer:heartbeat:start", () => this.#followAssignment());
    this.#consumer.on("consumer:heartbeat:end", () => this.#followAssignment());
  }

  join(): Promise<void> {
    return readTopic(this.#consumer, this.#topic, this.#buffer, (message) => this.#onMessage(message));
  }

  async poll(signal: AbortSignal): Promise<Batch> {
    const batch = await this.#buffer.poll(signal);
    if (batch.rebalance) this.#positions.clear();
    for (const { partition, offset } of batch.records) this.#positions.set(partition, offset + 1);
    return batch;
  }

  async commit(): Promise<void> {
    const offsets = [...this.#positions].map(([partition, offset]) => ({
      topic: this.#topic,
      partition,
      offset: BigInt(offset),
      leaderEpoch: this.#epochs.get(partition) ?? -1,
    }));
    this.#positions.clear();
    if (offsets.length > 0) await this.#consumer.commit({ offsets });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closed(this.#consumer.close(true));
  }

  #onMessage({ partition, offset, value, leaderEpoch }: StringMessage): void {
    this.#followAssignment();
    this.#epochs.set(partition, leaderEpoch);
    this.#buffer.push({ partition, offset: Number(offset), value: Number(value) });
  }

  #followAssignment(): void {
    const partitions = (this.#consumer.assignments ?? []).flatMap((one) => one.partitions);
    const assigned = partitions.sort((a, b) => a - b).join(",");
    if (assigned === this.#assigned) return;
    this.#assigned = assigned;
    this.#buffer.rebalanced();
  }
}
