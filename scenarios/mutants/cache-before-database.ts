/** The service with one classic mistake: a status is written to the cache before it is written to the database. */
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

await serve({
  transcriptions: (real, cache) =>
    altered(real, {
      transition: async (tx, basis, to, findings) => {
        const row = await real.find(tx, basis.id);
        if (row) await cache.put({ ...row, status: to, version: row.version + 1 }, cache.moment());
        return real.transition(tx, basis, to, findings);
      },
    }),
});
