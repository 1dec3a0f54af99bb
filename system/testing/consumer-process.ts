import { once } from "node:events";
import { createMessaging } from "../messaging/create.ts";
import { createLogger } from "../telemetry/logger.ts";
import type { ConsumerReport, ConsumerTask } from "./consumer-task.ts";
import { quietHooks } from "./quiet-hooks.ts";

// A consumer in a process of its own, to be killed, or stopped and resumed, as the processes of a service are.
const tell = (kind: ConsumerReport["kind"], what: string) => process.send?.({ kind, what });
const [task] = (await once(process, "message")) as [ConsumerTask];
const messaging = await createMessaging({
  config: task.kafka,
  clientId: "a-process",
  logger: createLogger("a-process", "silent"),
  hooks: {
    ...quietHooks,
    onCommitFailure: ({ value }) => tell("refused", value),
    onRebalance: (_group, kind) => tell("rebalance", kind),
    onSessionEnded: (_group, reason) => tell("ended", reason),
  },
});
await messaging.ensureTopics([{ name: task.topic, partitions: 1 }]);
await messaging.subscribe({
  group: task.group,
  topics: [task.topic],
  handler: async ({ value }) => {
    tell("begun", value);
    if (value === task.holdAt) await once(process, "message");
    tell("handled", value);
  },
});
