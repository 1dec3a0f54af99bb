/**
 * The service with one classic mistake: a message is acknowledged before it is processed, and what goes wrong
 * afterwards is swallowed. Work in flight is lost with its instance.
 */
import { parseConfig } from "../../system/config.ts";
import type { Messaging } from "../../system/messaging/messaging.ts";
import { startService } from "../../system/service.ts";

function commitBeforeProcessing(real: Messaging): Messaging {
  return {
    ensureTopics: (specs) => real.ensureTopics(specs),
    publish: (messages) => real.publish(messages),
    ready: () => real.ready(),
    subscribe: (options) =>
      real.subscribe({
        ...options,
        handler: async (message, signal) => {
          options.handler(message, signal).catch(() => {});
        },
      }),
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
}

const service = await startService(parseConfig(process.env), { messaging: commitBeforeProcessing });

process.once("SIGTERM", async () => {
  await service[Symbol.asyncDispose]();
  process.exit(0);
});
