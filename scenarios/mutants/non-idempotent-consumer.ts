import { stageTopics } from "../../system/contract/topics.ts";
import type { Database } from "../../system/storage/database.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

/** Takes a recording for one that nothing has been done for. */
const asNew = "update transcriptions set attempt = 0, stt_rid = null where id = $1 and status = 'PROCESSING'";

let database: Database;
await serve({
  database: (real) => {
    database = real;
    return real;
  },
  messaging: (real) =>
    altered(real, {
      subscribe: (options) =>
        real.subscribe({
          ...options,
          handler: async (message, signal) => {
            if (message.topic === stageTopics.processing) await database.query(asNew, [message.key]);
            await options.handler(message, signal);
          },
        }),
    }),
});
