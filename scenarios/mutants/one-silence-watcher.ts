/** The service with one classic mistake: only its first instance looks for recordings that have fallen silent. */
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

await serve({
  recordings: (real) =>
    process.env.STT_INSTANCE === "stt-1" ? real : altered(real, { finishSilent: async () => 0 }),
});
