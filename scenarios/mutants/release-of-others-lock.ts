/** The lock user with one classic mistake: a release deletes the lock, whoever holds it by now. */
import { serveLocks } from "../../system/actors/serve-locks.ts";
import { lockCommands } from "../../system/coordination/processor-lock.ts";

await serveLocks({ commands: { ...lockCommands, release: (redis, key) => redis.del(key) } });
