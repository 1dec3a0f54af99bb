import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

await serve({
  messaging: (real) =>
    altered(real, {
      subscribe: (options) =>
        real.subscribe({
          ...options,
          handler: async (message, signal) => {
            options.handler(message, signal).catch(() => {});
          },
        }),
    }),
});
