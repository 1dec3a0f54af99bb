/** The lock user with one classic mistake: the lock's time to live is shorter than the work, and nobody renews it. */
import { serveLocks } from "../../system/actors/serve-locks.ts";
import { lockCommands } from "../../system/coordination/processor-lock.ts";

await serveLocks({ commands: { ...lockCommands, renew: async () => 1 } });
