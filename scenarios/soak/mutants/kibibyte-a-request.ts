/** The service with one classic mistake: what is kept of a request is never dropped. */
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";
import { kibibyte } from "./kibibyte.ts";

const seen: unknown[] = [];

await serve({
  recordings: (real) =>
    altered(real, {
      status: async (owner, id) => {
        seen.push(kibibyte());
        return real.status(owner, id);
      },
    }),
});
