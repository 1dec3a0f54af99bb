import type { GroupMember, LogProducer } from "../client.ts";
import { PollBuffer } from "../poll-buffer.ts";
import type { ConfluentLibrary } from "./confluent-library.ts";
import { kafkaJsMember, kafkaJsProducer, type Library } from "./library.ts";

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

  /** A member that never breaks off: the library joins again by itself and never says that it has ended. */
  member(group: string, topic: string): GroupMember {
    const buffer = new PollBuffer();
    const consumer = this.#client().consumer({
      kafkaJS: { groupId: group, fromBeginning: true },
      // Only told: without an answer the library assigns as it would without this.
      rebalance_cb: async () => buffer.rebalanced(),
    });
    return kafkaJsMember(consumer, buffer, { topics: [topic] });
  }

  #client() {
    const { Kafka, logLevel } = this.#library.KafkaJS;
    return new Kafka({ kafkaJS: { brokers: [...this.#brokers], logLevel: logLevel.NOTHING } });
  }
}
