/** The lock user with one classic mistake: its lock has no time to live, and so outlives a holder that dies. */
import { serveLocks } from "../../system/actors/serve-locks.ts";
import { lockCommands } from "../../system/coordination/processor-lock.ts";

await serveLocks({
  commands: {
    ...lockCommands,
    acquire: (redis, key, owner) => redis.set(key, owner, "NX"),
    renew: async () => 1, // there is nothing to renew
  },
});
