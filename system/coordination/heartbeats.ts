import { redisKeys } from "../contract/redis-keys.ts";
import { ifAvailable, type RedisConnection } from "./redis.ts";

/** How much of the TTL may pass between two saves of a living recording in PostgreSQL. */
export const savedEvery = 1 / 6;

/**
 * Heartbeats in Redis: the key that says a recording is alive, and the knowledge when PostgreSQL was last told.
 * PostgreSQL decides about expiry; Redis spares it most of the writes.
 */
export class Heartbeats {
  readonly #redis: RedisConnection;
  readonly #ttlMs: number;

  constructor(redis: RedisConnection, ttlMs: number) {
    this.#redis = redis;
    this.#ttlMs = ttlMs;
  }

  /** Notes a heartbeat. @returns whether PostgreSQL must be told; always, when Redis cannot say. */
  async beat(id: string): Promise<boolean> {
    const saved = await ifAvailable(
      this.#redis.call("heartbeat", async (redis) => {
        const [, exists] = await Promise.all([
          redis.set(redisKeys.heartbeat(id), "1", "PX", this.#ttlMs),
          redis.exists(redisKeys.heartbeatSaved(id)),
        ]);
        return exists === 1;
      }),
    );
    return saved !== true;
  }

  /** Notes that PostgreSQL was told: call it after, never before. */
  async saved(id: string): Promise<void> {
    const ttl = Math.max(1, Math.floor(this.#ttlMs * savedEvery));
    await ifAvailable(
      this.#redis.call("heartbeat-saved", (redis) => redis.set(redisKeys.heartbeatSaved(id), "1", "PX", ttl)),
    );
  }
}
