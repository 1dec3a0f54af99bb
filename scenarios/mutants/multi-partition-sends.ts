import { Kafka } from "kafkajs";
import { parseConfig } from "../../system/config.ts";
import type { OutgoingMessage } from "../../system/messaging/messaging.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

/** How long messages are collected for a send. */
const lingerMs = 20;

const { instance, kafka } = parseConfig(process.env);
const brokers = kafka.brokers.map(({ host, port }) => `${host}:${port}`);
const producer = new Kafka({ clientId: instance, brokers, requestTimeout: 2_000 }).producer();

/** What is sent next, all of it in one request a broker. */
let next: { readonly messages: OutgoingMessage[]; readonly sent: Promise<unknown> } | undefined;

async function sendNext(messages: readonly OutgoingMessage[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, lingerMs));
  next = undefined;
  await producer.connect();
  const topics = Map.groupBy(messages, ({ topic }) => topic);
  const topicMessages = [...topics].map(([topic, own]) => ({
    topic,
    messages: own.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
  }));
  await producer.sendBatch({ topicMessages });
}

await serve({
  messaging: (real) =>
    altered(real, {
      publish: async (messages) => {
        const own: OutgoingMessage[] = [];
        next ??= { messages: own, sent: sendNext(own) };
        next.messages.push(...messages);
        await next.sent;
      },
    }),
});
