import type { Duration } from "../../../util/duration.ts";
import { withDeadline } from "../../../util/with-deadline.ts";
import type { LogClient, LogProducer } from "../client.ts";
import { offsetsOf, type Written } from "../offsets.ts";

/** What a library is tried by: its producer and its group member. Topics are made, and read in the end, by others. */
export type Library = Pick<LogClient, "producer" | "member">;

/** A client that cannot say good-bye by then goes without. */
const closeWithin: Duration = "5s";

/** Closes a client: however that ends, it ends in time. */
export async function closed(closing: Promise<unknown>): Promise<void> {
  await withDeadline(closing, closeWithin, "closing a client").catch(() => {});
}

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
