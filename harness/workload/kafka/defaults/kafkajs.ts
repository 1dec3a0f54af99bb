import { Kafka, logLevel } from "kafkajs";
import type { GroupMember, LogProducer } from "../client.ts";
import { PollBuffer } from "../poll-buffer.ts";
import { kafkaJsMember, kafkaJsProducer, type Library } from "./library.ts";
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
    return endingWith(sockets, kafkaJsProducer(clientOf(this.#brokers, sockets).producer(), true));
  }

  /** A member that crashes for good has broken off; from other crashes the library starts again by itself. */
  member(group: string, topic: string): GroupMember {
    const sockets = new Sockets();
    const buffer = new PollBuffer();
    const consumer = clientOf(this.#brokers, sockets).consumer({ groupId: group });
    const { GROUP_JOIN, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, () => buffer.rebalanced());
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) buffer.fail(payload.error);
    });
    return endingWith(sockets, kafkaJsMember(consumer, buffer, { topics: [topic], fromBeginning: true }));
  }
}

const clientOf = (brokers: readonly string[], { factory }: Sockets): Kafka =>
  new Kafka({ brokers: [...brokers], socketFactory: factory, logLevel: logLevel.NOTHING });

/** A client's sockets end with it: a client that was disconnected in vain would keep the process. */
const endingWith = <T extends AsyncDisposable>(sockets: Sockets, client: T): T => ({
  ...client,
  [Symbol.asyncDispose]: async () => {
    await client[Symbol.asyncDispose]();
    sockets.end();
  },
});
