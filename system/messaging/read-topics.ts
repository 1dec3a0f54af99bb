import { randomUUID } from "node:crypto";
import { Consumer, stringDeserializers } from "@platformatic/kafka";
import type { KafkaConfig } from "../config.ts";
import { withDeadline } from "../telemetry/clock.ts";
import { fromPlatformatic } from "./incoming.ts";
import type { IncomingMessage } from "./messaging.ts";
import { settings } from "./settings.ts";

type StringConsumer = Consumer<string, string, string, string>;

const earliest = -2n;
const latest = -1n;

/**
 * Every message that the topics hold now, in the order of their partitions, and nothing that comes after. For tools:
 * it commits no offset, so it takes nothing away from anyone, and its group ends with it. Whatever client the service is
 * set to, this is @platformatic/kafka's.
 */
export async function* readTopics(
  kafka: Pick<KafkaConfig, "brokers">,
  topics: readonly string[],
): AsyncGenerator<IncomingMessage> {
  const consumer: StringConsumer = new Consumer({
    clientId: "stt-topic-reader",
    groupId: `stt-topic-reader-${randomUUID()}`,
    bootstrapBrokers: kafka.brokers.map(({ host, port }) => ({ host, port })),
    connectTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    retries: 3,
    retryDelay: settings.retryDelayMs,
    autocommit: false,
    maxWaitTime: settings.maxWaitMs,
    deserializers: stringDeserializers,
  });
  try {
    const ends = await unreadEnds(consumer, topics);
    if (ends.size === 0) return;
    const stream = await consumer.consume({ topics: [...topics], mode: "earliest" });
    for await (const message of stream) {
      const partition = `${message.topic}/${message.partition}`;
      const end = ends.get(partition);
      if (end === undefined) continue;
      if (message.offset < end) yield fromPlatformatic(message);
      if (message.offset + 1n >= end) ends.delete(partition);
      if (ends.size === 0) return;
    }
  } finally {
    const closed = consumer.close(true);
    await withDeadline(closed, settings.closeDeadlineMs, "closing the topic reader").catch(() => {});
  }
}

/** The end offsets of the partitions that hold messages. */
async function unreadEnds(consumer: StringConsumer, topics: readonly string[]): Promise<Map<string, bigint>> {
  const begin = await consumer.listOffsets({ topics: [...topics], timestamp: earliest });
  const end = await consumer.listOffsets({ topics: [...topics], timestamp: latest });
  const ends = new Map<string, bigint>();
  for (const [topic, offsets] of end) {
    for (const [partition, offset] of offsets.entries()) {
      if (offset > (begin.get(topic)?.[partition] ?? 0n)) ends.set(`${topic}/${partition}`, offset);
    }
  }
  return ends;
}
