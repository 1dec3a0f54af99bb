import { parentPort, workerData } from "node:worker_threads";
import type { KafkaConfig } from "../config.ts";
import { createMessaging } from "../messaging/create.ts";
import { createLogger } from "../telemetry/logger.ts";

/** What the worker is given: whom to consume from, and the message at which it stays until it is killed. */
export interface DoomedConsumer {
  readonly kafka: KafkaConfig;
  readonly group: string;
  readonly topic: string;
  readonly stopAt: string;
}

// A consumer in a worker thread: terminating it closes its connections without a word to the broker, as the
// end of a killed process does. It tells its parent of every message that it begins to handle.
const { kafka, group, topic, stopAt } = workerData as DoomedConsumer;
const hooks = { onFailure: () => {}, onCommitFailure: () => {} };
const messaging = createMessaging(kafka, "doomed", createLogger("doomed", "silent"), hooks);
await messaging.ensureTopics([{ name: topic, partitions: 1 }]);
await messaging.subscribe({
  group,
  topics: [topic],
  handler: async ({ value }) => {
    parentPort?.postMessage(value);
    if (value === stopAt) await new Promise(() => {});
  },
});
