/**
 * What BENCH_MESSAGES messages take through the message port, and through its default client alone, in milliseconds,
 * against STT_KAFKA_BROKERS. Started by the bench (harness/bench/benchmarks/service-messages.ts).
 */
import { Consumer, ProduceAcks, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { createMessaging } from "../messaging/create.ts";
import { createMessagingHooks } from "../messaging/hooks.ts";
import type { OutgoingMessage } from "../messaging/messaging.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { type Samples, serveArms } from "./serve-arms.ts";

const { STT_KAFKA_BROKERS: servers = "127.0.0.1:9092", BENCH_MESSAGES: count = "1000" } = process.env;
const messages = Number(count);
const keys = 100;
const topics = { port: "bench-port", bare: "bench-bare" };

const brokers = servers.split(",").map((server) => {
  const colon = server.lastIndexOf(":");
  return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)) };
});

/** A batch like those of the service: a small body, a few headers. */
const batch = (topic: string): OutgoingMessage[] =>
  Array.from({ length: messages }, (_, index) => {
    const key = `recording-${index % keys}`;
    return {
      topic,
      key,
      value: JSON.stringify({ recordingId: key }),
      headers: { attempt: "0", version: "4" },
    };
  });

/** Counts what comes in, and tells when the last of a batch has. */
class Arrivals {
  #left = 0;
  #all = Promise.withResolvers<void>();

  expect(): Promise<void> {
    this.#left = messages;
    this.#all = Promise.withResolvers();
    return this.#all.promise;
  }

  one(): void {
    if (--this.#left === 0) this.#all.resolve();
  }
}

const hooks = createMessagingHooks(createLogger("bench", "silent"), createMetrics("bench"), "platformatic");
const config = { client: "platformatic", brokers, acks: "all", idempotent: true } as const;
const messaging = await createMessaging({
  config,
  clientId: "bench",
  logger: createLogger("bench", "silent"),
  hooks,
});
await messaging.ensureTopics(Object.values(topics).map((name) => ({ name, partitions: 3 })));

const arrived = { port: new Arrivals(), bare: new Arrivals() };
await messaging.subscribe({
  group: "bench-port",
  topics: [topics.port],
  handler: async () => arrived.port.one(),
});

const base = { clientId: "bench-bare", bootstrapBrokers: brokers };
const producer = new Producer<string, string, string, string>({
  ...base,
  idempotent: true,
  acks: ProduceAcks.ALL,
  serializers: stringSerializers,
});
const consumer = new Consumer<string, string, string, string>({
  ...base,
  groupId: "bench-bare",
  groupProtocol: "consumer",
  autocommit: true,
  maxWaitTime: 200, // as the port's
  deserializers: stringDeserializers,
});
const stream = await consumer.consume({
  topics: [topics.bare],
  mode: "committed",
  fallbackMode: "earliest",
});
stream.on("data", () => arrived.bare.one());

/** Publishes a batch. @returns milliseconds until it was acknowledged, and until the last message had come. */
async function measure(arrivals: Arrivals, publish: () => Promise<unknown>) {
  const allArrived = arrivals.expect();
  const start = performance.now();
  await publish();
  const published = performance.now() - start;
  await allArrived;
  return { published, handled: performance.now() - start };
}

async function port(): Promise<Samples> {
  const outgoing = batch(topics.port);
  const { published, handled } = await measure(arrived.port, () => messaging.publish(outgoing));
  return { published: [published], handled: [handled] };
}

async function bare(): Promise<Samples> {
  const outgoing = batch(topics.bare).map((message) => ({ ...message, headers: { ...message.headers } }));
  const { published, handled } = await measure(arrived.bare, () =>
    producer.send({ messages: outgoing, acks: ProduceAcks.ALL }),
  );
  return { "bare published": [published], "bare handled": [handled] };
}

await port(); // until both groups are formed, and code is compiled, does not count
await bare();
serveArms({ port, bare });
