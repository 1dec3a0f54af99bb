import type { Batch, GroupMember, LogProducer } from "../client.ts";
import { PollBuffer } from "../poll-buffer.ts";
import type { ConfluentConsumer, ConfluentLibrary } from "./confluent-library.ts";
import { closed, kafkaJsProducer, type Library } from "./library.ts";

/**
 * @confluentinc/kafka-javascript as `new Kafka({ kafkaJS: { brokers } })` gives it, which is how its guide begins: librdkafka with acks of
 * all in-sync replicas, not idempotent, five retries; members commit by themselves every five seconds. Only its log is silenced.
 */
export class ConfluentDefaults implements Library {
  readonly #library: ConfluentLibrary;
  readonly #brokers: readonly string[];

  constructor(library: ConfluentLibrary, brokers: readonly string[]) {
    this.#library = library;
    this.#brokers = brokers;
  }

  producer(): LogProducer {
    return kafkaJsProducer(this.#client().producer(), false);
  }

  member(group: string, topic: string): GroupMember {
    const buffer = new PollBuffer();
    const consumer = this.#client().consumer({
      kafkaJS: { groupId: group, fromBeginning: true },
      // Only told: without an answer the library assigns as it would without this.
      rebalance_cb: async () => buffer.rebalanced(),
    });
    return new ConfluentMember(consumer, buffer, topic);
  }

  #client() {
    const { Kafka, logLevel } = this.#library.KafkaJS;
    return new Kafka({ kafkaJS: { brokers: [...this.#brokers], logLevel: logLevel.NOTHING } });
  }
}

/** The library joins again by itself and never says that it has ended, so this member never breaks off. */
class ConfluentMember implements GroupMember {
  readonly #consumer: ConfluentConsumer;
  readonly #buffer: PollBuffer;
  readonly #topic: string;

  constructor(consumer: ConfluentConsumer, buffer: PollBuffer, topic: string) {
    this.#consumer = consumer;
    this.#buffer = buffer;
    this.#topic = topic;
  }

  async join(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [this.#topic] });
    await this.#consumer.run({
      eachMessage: async ({ partition, message: { offset, value } }) =>
        this.#buffer.push({ partition, offset: Number(offset), value: Number(value) }),
    });
  }

  poll(signal: AbortSignal): Promise<Batch> {
    return this.#buffer.poll(signal);
  }

  /** Nothing: the library commits by itself. */
  async commit(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return closed(this.#consumer.disconnect());
  }
}
