import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

/**
 * As the clients of Kafka do by default, though every five seconds there. A partition hands out its next message when the one before is
 * committed: so short that what is at hand when the instance dies is all of the last two seconds, and not a message a partition.
 */
const everyMs = 200;

/** Resolves at the next tick of a clock that all messages share. */
const nextTick = () => new Promise<void>((resolve) => setTimeout(resolve, everyMs - (Date.now() % everyMs)));

await serve({
  messaging: (real) =>
    altered(real, {
      subscribe: (options) =>
        real.subscribe({
          ...options,
          handler: (message, signal) => Promise.race([options.handler(message, signal), nextTick()]),
        }),
    }),
});
