import { answering } from "../../harness/checkers/answering.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { redisKeys } from "../../system/contract/redis-keys.ts";

/** Three programs that use the service's lock, on Redis with replicas and sentinels: what the lock's scenarios share. */
export const lockBed = cluster({ redis: "sentinel", lockUsers: 3 });

/** The lock's time to live in Redis; its holder renews it each third of that. */
export const lockTtl = "5s";

/** Any of the locks. */
export const anyLock = redisKeys.lock("*");

/** What "well" means of locks: whoever asks is answered, and holders write and release. */
export const lockAnswers = answering({ f: ["acquire", "guarded-write", "release"] });
