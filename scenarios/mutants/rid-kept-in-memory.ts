/**
 * The service with one classic mistake: a job's id is used before it is written down. It waits for the job where it has
 * submitted it, and only then says what its id is; an instance that dies meanwhile takes it along.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

const betweenPollsMs = 200;

await serve({
  provider: (real) =>
    altered(real, {
      submitTranscription: async (key, wav) => {
        const rid = await real.submitTranscription(key, wav);
        while (!(await real.transcription(rid)).done) await sleep(betweenPollsMs);
        return rid;
      },
    }),
});
