/** The service with one classic mistake: a listener is added for a request, and not taken off when it is over. */
import { EventEmitter } from "node:events";
import { altered } from "../../mutants/altered.ts";
import { serve } from "../../mutants/serve.ts";

const shutdown = new EventEmitter().setMaxListeners(0); // the warning of a leak, switched off as people do

await serve({
  recordings: (real) =>
    altered(real, {
      status: async (owner, id) => {
        const abort = new AbortController();
        shutdown.once("shutdown", () => abort.abort(new Error(`${owner} still asked for ${id}`)));
        return real.status(owner, id);
      },
    }),
});
