/** The service with one classic mistake: what each message is compared with grows, and so does the time that it takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";
import { slowedBy } from "./slowing.ts";

const comparingMs = 200;

await serve({
  provider: (real) =>
    altered(real, {
      submitTranscription: async (key, wav) => {
        const ms = comparingMs * (1 + slowedBy(performance.now()));
        await sleep(Math.floor(ms + Math.random())); // timers know whole milliseconds only: the rest, by chance
        return real.submitTranscription(key, wav);
      },
    }),
});
