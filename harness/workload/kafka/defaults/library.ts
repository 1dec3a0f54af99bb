import type { GroupMember, LogClient, LogProducer } from "../client.ts";
import { closed } from "../closed.ts";
import { offsetsOf, type Written } from "../offsets.ts";
import type { PollBuffer } from "../poll-buffer.ts";

/** What a library is tried by: its producer and its group member. Topics are made, and read in the end, by others. */
export type Library = Pick<LogClient, "producer" | "member">;

/** A message as kafkajs, and confluent's client in its manner, take it. */
interface KafkaJsMessage {
  readonly partition: number;
  readonly key?: string;
  readonly value: string;
}

/** The producer of kafkajs, and of confluent's client in its manner: what is used of it. */
export interface KafkaJsProducer {
  connect(): Promise<void>;
  send(record: { topic: string; messages: KafkaJsMessage[] }): Promise<readonly Written[]>;
  disconnect(): Promise<void>;
}

/**
 * A producer that connects with its first send, and is given nothing but topic, partition, key and value. Any error leaves
 * the send open: neither library says which of its attempts may have been written.
 * @param inOnePiece whether a send's records of a partition have offsets that follow each other.
 */
export function kafkaJsProducer(client: KafkaJsProducer, inOnePiece: boolean): LogProducer {
  let connected: Promise<void> | undefined;
  const sendAll = async (topic: string, messages: KafkaJsMessage[]) => {
    connected ??= client.connect();
    await connected;
    const partitions = messages.map(({ partition }) => partition);
    const written = await client.send({ topic, messages });
    const alone = (one: number) => partitions.filter((partition) => partition === one).length === 1;
    return offsetsOf(messages, inOnePiece ? written : written.filter(({ partition }) => alone(partition)));
  };
  return {
    async send(topic, partition, value, { key, bytes = 0 } = {}) {
      const message = { partition, value: String(value).padEnd(bytes) };
      const [offset] = await sendAll(topic, [key === undefined ? message : { ...message, key }]);
      return offset;
    },
    sendBatch: (topic, records) =>
      sendAll(
        topic,
        records.map(({ partition, value }) => ({ partition, value: String(value) })),
      ),
    [Symbol.asyncDispose]: () => closed(client.disconnect()),
  };
}

/** What a member reads. confluent's client says in its settings, not here, that it begins with a topic's first record. */
interface Subscription {
  readonly topics: string[];
  readonly fromBeginning?: boolean;
}

/** The consumer of kafkajs, and of confluent's client in its manner: what is used of it. */
export interface KafkaJsConsumer {
  connect(): Promise<void>;
  subscribe(subscription: Subscription): Promise<void>;
  run(options: {
    eachMessage(payload: {
      readonly partition: number;
      readonly message: { readonly offset: string; readonly value: Buffer | null };
    }): Promise<void>;
  }): Promise<void>;
  disconnect(): Promise<void>;
}

/** A member of a group whose library commits by itself, and tells the buffer of rebalances. */
export function kafkaJsMember(
  consumer: KafkaJsConsumer,
  buffer: PollBuffer,
  subscription: Subscription,
): GroupMember {
  return {
    async join() {
      await consumer.connect();
      await consumer.subscribe(subscription);
      await consumer.run({
        eachMessage: async ({ partition, message: { offset, value } }) =>
          buffer.push({ partition, offset: Number(offset), value: Number(value) }),
      });
    },
    poll: (signal) => buffer.poll(signal),
    commit: async () => {},
    [Symbol.asyncDispose]: () => closed(consumer.disconnect()),
  };
}
