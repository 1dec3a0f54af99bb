import {
  type BaseOptions,
  Consumer,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import type { Batch, GroupMember, LogProducer, PlacedValue } from "../client.ts";
import { closed } from "../closed.ts";
import { offsetsOf } from "../offsets.ts";
import { readTopic } from "../platformatic-stream.ts";
import { PollBuffer } from "../poll-buffer.ts";
import type { Library } from "./library.ts";

/** What its constructors demand, and nothing else. */
const required = (brokers: readonly string[]): BaseOptions => ({
  clientId: "load",
  bootstrapBrokers: [...brokers],
});

/**
 * @platformatic/kafka with what its constructors demand and nothing else: the leader's acknowledgement alone, not idempotent, three
 * retries, 5 s for an answer; members of classic groups, which commit by themselves whatever was read.
 */
export class PlatformaticDefaults implements Library {
  readonly #brokers: readonly string[];

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  producer(): LogProducer {
    const producer = new Producer({ ...required(this.#brokers), serializers: stringSerializers });
    producer.on("error", () => {}); // the send that meets it rejects, or is not answered
    const sendAll = async (topic: string, records: readonly (PlacedValue & Partial<Text>)[]) => {
      const messages = records.map(({ partition, value, key, text = String(value) }) => ({
        ...{ topic, partition, value: text },
        ...(key === undefined ? {} : { key }),
      }));
      const { offsets = [] } = await producer.send({ messages });
      return offsetsOf(
        records,
        offsets.map(({ partition, offset }) => ({ partition, baseOffset: String(offset) })),
      );
    };
    return {
      async send(topic, partition, value, { key, bytes = 0 } = {}) {
        const text = String(value).padEnd(bytes);
        const [offset] = await sendAll(topic, [{ partition, value, key, text }]);
        return offset;
      },
      sendBatch: sendAll,
      [Symbol.asyncDispose]: () => closed(producer.close(true)),
    };
  }

  member(group: string, topic: string): GroupMember {
    return new PlatformaticDefaultMember(this.#brokers, group, topic);
  }
}

/** How a record's value is written, and its key. */
interface Text {
  readonly text: string;
  readonly key: string | undefined;
}

/** A member whose stream has ended or failed, or that tells of an error, has broken off. */
class PlatformaticDefaultMember implements GroupMember {
  readonly #topic: string;
  readonly #buffer = new PollBuffer();
  readonly #consumer: Consumer<string, string, string, string>;

  constructor(brokers: readonly string[], group: string, topic: string) {
    this.#topic = topic;
    this.#consumer = new Consumer({
      ...required(brokers),
      groupId: group,
      deserializers: stringDeserializers,
    });
    this.#consumer.on("error", (error) => this.#buffer.fail(error));
    this.#consumer.on("consumer:group:join", () => this.#buffer.rebalanced());
  }

  join(): Promise<void> {
    return readTopic(this.#consumer, this.#topic, this.#buffer, ({ partition, offset, value }) =>
      this.#buffer.push({ partition, offset: Number(offset), value: Number(value) }),
    );
  }

  poll(signal: AbortSignal): Promise<Batch> {
    return this.#buffer.poll(signal);
  }

  /** Nothing: the library commits by itself. */
  async commit(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return closed(this.#consumer.close(true));
  }
}
