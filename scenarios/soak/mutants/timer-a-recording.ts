/** The service with one classic mistake: an interval is started for a recording, and goes on when that is over. */
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";

const lookEveryMs = 60_000;

await serve({
  recordings: (real) =>
    altered(real, {
      create: async (owner, key) => {
        const created = await real.create(owner, key);
        setInterval(() => real.status(owner, created.id).catch(() => {}), lookEveryMs);
        return created;
      },
    }),
});
