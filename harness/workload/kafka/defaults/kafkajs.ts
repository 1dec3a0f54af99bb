import { type Consumer, Kafka, logLevel } from "kafkajs";
import type { Batch, GroupMember, LogProducer } from "../client.ts";
import { PollBuffer } from "../poll-buffer.ts";
import { closed, kafkaJsProducer, type Library } from "./library.ts";
import { Sockets } from "./sockets.ts";

/**
 * kafkajs as `new Kafka({ brokers })` gives it: acks of all in-sync replicas, not idempotent, five retries, 30 s for an answer;
 * members commit by themselves after each batch. Only its log is silenced, and its sockets can be taken away.
 */
export class KafkaJsDefaults implements Library {
  readonly #brokers: readonly string[];

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  producer(): LogProducer {
    const sockets = new Sockets();
    const producer = kafkaJsProducer(clientOf(this.#brokers, sockets).producer(), true);
    return {
      ...producer,
      [Symbol.asyncDispose]: async () => {
        await producer[Symbol.asyncDispose]();
        sockets.end();
      },
    };
  }

  member(group: string, topic: string): GroupMember {
    return new KafkaJsMember(this.#brokers, group, topic);
  }
}

const clientOf = (brokers: readonly string[], { factory }: Sockets): Kafka =>
  new Kafka({ brokers: [...brokers], socketFactory: factory, logLevel: logLevel.NOTHING });

/** A member that crashes for good has broken off; from other crashes the library starts again by itself. */
class KafkaJsMember implements GroupMember {
  readonly #topic: string;
  readonly #sockets = new Sockets();
  readonly #buffer = new PollBuffer();
  readonly #consumer: Consumer;

  constructor(brokers: readonly string[], group: string, topic: string) {
    this.#topic = topic;
    this.#consumer = clientOf(brokers, this.#sockets).consumer({ groupId: group });
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, () => this.#buffer.rebalanced());
    this.#consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.#buffer.fail(payload.error);
    });
  }

  async join(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
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

  async [Symbol.asyncDispose](): Promise<void> {
    await closed(this.#consumer.disconnect());
    this.#sockets.end();
  }
}
