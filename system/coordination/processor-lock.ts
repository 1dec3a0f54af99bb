import { randomUUID } from "node:crypto";
import { redisKeys } from "../contract/redis-keys.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { ifAvailable, type RedisConnection } from "./redis.ts";

const ttlMs = 5_000;

/**
 * The lock on a recording's processing, in Redis. It keeps two instances from doing the same work at once; it
 * cannot keep a paused or cut-off one from believing that it still holds it (Redis loses locks in a
 * failover). That is the fencing token's job, minted in PostgreSQL (Transcriptions.mintFence). So when Redis
 * cannot be reached the work goes on without the lock.
 */
export class ProcessorLocks {
  readonly #redis: RedisConnection;
  readonly #metrics: Metrics;

  constructor(redis: RedisConnection, metrics: Metrics) {
    this.#redis = redis;
    this.#metrics = metrics;
  }

  /** Runs `work` under the recording's lock, or returns "busy" at once when someone else has it. */
  async withLock<T>(id: string, work: () => Promise<T>): Promise<T | "busy"> {
    const key = redisKeys.lock(id);
    const owner = randomUUID();
    const acquired = await this.#acquire(key, owner);
    this.#metrics.locks.inc({ outcome: acquired });
    if (acquired === "busy") return "busy";
    const renewal = setInterval(() => void this.#renew(key, owner), ttlMs / 3);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      // Also when Redis gave no answer: the lock may have been set all the same. If this fails too, it expires.
      await ifAvailable(this.#redis.call("lock-release", (redis) => redis.sttRelease(key, owner)));
    }
  }

  async #acquire(key: string, owner: string): Promise<"acquired" | "busy" | "unavailable"> {
    const answer = await ifAvailable(
      this.#redis.call("lock-acquire", (redis) => redis.set(key, owner, "PX", ttlMs, "NX")),
    );
    return answer === undefined ? "unavailable" : answer === "OK" ? "acquired" : "busy";
  }

  async #renew(key: string, owner: string): Promise<void> {
    const renewed = await ifAvailable(
      this.#redis.call("lock-renew", (redis) => redis.sttRenew(key, owner, String(ttlMs))),
    );
    if (renewed === 0) this.#metrics.locksLost.inc();
  }
}
