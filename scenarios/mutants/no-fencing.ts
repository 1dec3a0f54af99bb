/** The lock user with one classic mistake: who has got the lock writes, and no fencing token is asked for. */
import { serveLocks } from "../../system/actors/serve-locks.ts";
import { altered } from "./altered.ts";

await serveLocks({
  transcriptions: (real) =>
    altered(real, {
      recordAttempt: async (tx, basis, findings) => {
        const latest = await real.find(tx, basis.id);
        return latest && real.recordAttempt(tx, latest, findings);
      },
    }),
});
