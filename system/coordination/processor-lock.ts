import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { redisKeys } from "../contract/redis-keys.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { inSpan } from "../telemetry/tracing.ts";
import { ifAvailable, type RedisConnection } from "./redis.ts";

const ttlMs = 5_000;

/** The reason with which the holder's signal aborts: the lock expired or is another's. */
export class LockLost extends Error {
  override readonly name = "LockLost";
}

type Acquired = "acquired" | "busy" | "unavailable";

/** What the lock does in Redis. `renew` and `release` answer 0 when `owner` does not hold it. */
export const lockCommands = {
  acquire: (redis: Redis, key: string, owner: string): Promise<"OK" | null> =>
    redis.set(key, owner, "PX", ttlMs, "NX"),
  renew: (redis: Redis, key: string, owner: string): Promise<number> =>
    redis.sttRenew(key, owner, String(ttlMs)),
  release: (redis: Redis, key: string, owner: string): Promise<number> => redis.sttRelease(key, owner),
};

/**
 * The lock on a recording's processing, in Redis. It keeps two instances from doing the same work at once; it
 * cannot keep a paused or cut-off one from believing that it still holds it (Redis loses locks in a
 * failover). That is the fencing token's job, minted in PostgreSQL (Transcriptions.mintFence). So when Redis
 * cannot be reached, or refuses to write (NOREPLICAS), the work goes on without the lock.
 */
export class ProcessorLocks {
  readonly #redis: RedisConnection;
  readonly #metrics: Metrics;
  readonly #instance: string;
  readonly #commands: typeof lockCommands;

  /** @param instance begins the lock's value, so that people see who holds it. */
  constructor(redis: RedisConnection, metrics: Metrics, instance: string, commands = lockCommands) {
    this.#commands = commands;
    this.#redis = redis;
    this.#metrics = metrics;
    this.#instance = instance;
  }

  /**
   * Runs `work` under the recording's lock, or returns "busy" at once when someone else has it.
   * @param work is given a signal that aborts with {@link LockLost} when the lock is found lost: stop then, as far as
   *   that leaves nothing half done. What is written all the same, the fencing token judges.
   */
  async withLock<T>(id: string, work: (lost: AbortSignal) => Promise<T>): Promise<T | "busy"> {
    const key = redisKeys.lock(id);
    const owner = `${this.#instance}/${randomUUID()}`;
    const acquired = await inSpan("lock acquire", { attributes: { "stt.recording": id } }, () =>
      this.#acquire(key, owner),
    );
    if (acquired === "busy") return "busy";
    const held = performance.now();
    const lost = new AbortController();
    // Without an answer there is nothing to renew: the lock may never have been set.
    const renewal =
      acquired === "acquired" ? setInterval(() => this.#renew(key, owner, lost), ttlMs / 3) : undefined;
    try {
      return await work(lost.signal);
    } finally {
      clearInterval(renewal);
      // Also when Redis gave no answer: the lock may have been set all the same. If this fails too, it expires.
      const released = await ifAvailable(
        this.#redis.call("lock-release", (redis) => this.#commands.release(redis, key, owner)),
      );
      if (acquired === "acquired") {
        if (released === 0) this.#noteLost(key, lost);
        this.#metrics.lockHold.observe((performance.now() - held) / 1_000);
      }
    }
  }

  async #acquire(key: string, owner: string): Promise<Acquired> {
    const start = performance.now();
    const answer = await ifAvailable(
      this.#redis.call("lock-acquire", (redis) => this.#commands.acquire(redis, key, owner)),
    );
    const outcome = answer === undefined ? "unavailable" : answer === "OK" ? "acquired" : "busy";
    this.#metrics.lockWait.observe({ outcome }, (performance.now() - start) / 1_000);
    return outcome;
  }

  async #renew(key: string, owner: string, lost: AbortController): Promise<void> {
    const renewed = await ifAvailable(
      this.#redis.call("lock-renew", (redis) => this.#commands.renew(redis, key, owner)),
    );
    if (renewed === 0) this.#noteLost(key, lost);
  }

  /** Once a lock, whether a renewal or the release finds out, or both. */
  #noteLost(key: string, lost: AbortController): void {
    if (lost.signal.aborted) return;
    this.#metrics.locksLost.inc();
    lost.abort(new LockLost(`${key} expired or is another's: this holder stops`));
  }
}
