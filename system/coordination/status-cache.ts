import { z } from "zod";
import { parseJson } from "../contract/json.ts";
import { redisKeys } from "../contract/redis-keys.ts";
import { isFinal, statuses } from "../domain/status.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { RecentChanges } from "./recent-changes.ts";
import { ifAvailable, type RedisConnection } from "./redis.ts";

const ttlMs = 30 * 60 * 1_000;

/**
 * How old a cached status may be to be believed, unless it is final. An entry can be out of date without anyone
 * knowing: the write after a commit may have failed, or come late (Redis was paused, and now does what we gave up long
 * ago), or a failover may have brought an old replica to power. So one that can still change is looked up again
 * after this long, counted from when it was read in PostgreSQL; and at once when a later version was heard of, so that
 * a user whose requests reach several instances does not see a recording go back.
 */
const believedForMs = 2_000;

const cachedStatus = z.object({
  id: z.string(),
  owner: z.string(),
  status: z.enum(statuses),
  version: z.int(),
  progress: z.number().nullable(),
});
/** What the cache knows of a recording. A transcription row has it all. */
export type CachedStatus = z.infer<typeof cachedStatus>;

/** Statuses in Redis. Never goes back to an older version, and fails silently: PostgreSQL has the truth. */
export class StatusCache {
  readonly #redis: RedisConnection;
  readonly #changes: Pick<RecentChanges, "mayBeOutdated">;
  readonly #metrics: Metrics;

  constructor(redis: RedisConnection, changes: Pick<RecentChanges, "mayBeOutdated">, metrics: Metrics) {
    this.#redis = redis;
    this.#changes = changes;
    this.#metrics = metrics;
  }

  /** The present moment, for {@link put}. */
  moment(): number {
    return performance.now();
  }

  /**
   * Writes a status: after the commit, never before.
   * @param asOf a {@link moment} at which PostgreSQL had it, or earlier.
   */
  async put(row: CachedStatus, asOf: number): Promise<void> {
    const at = this.#redis.serverTime(asOf);
    if (at === undefined) return;
    const json = JSON.stringify(cachedStatus.parse(row));
    const progress = String(row.progress ?? 0);
    await ifAvailable(
      this.#redis.call("status-put", (redis) =>
        redis.sttPutStatus(
          redisKeys.status(row.id),
          String(row.version),
          progress,
          json,
          String(ttlMs),
          String(at),
        ),
      ),
    );
  }

  /** The status if it is known and may be believed. */
  async get(id: string): Promise<CachedStatus | null> {
    const found = await ifAvailable(
      this.#redis.call("status-get", (redis) => redis.sttGetStatus(redisKeys.status(id))),
    );
    const entry = found ? cachedStatus.safeParse(parseJson(found[0])).data : undefined;
    if (!found || !entry) return this.#count(found === undefined ? "unavailable" : "miss");
    const age = found[1];
    const believed = age >= 0 && age < believedForMs && !this.#changes.mayBeOutdated(id, entry.version, age);
    const fresh = isFinal(entry.status) || believed;
    return fresh ? this.#count("hit", entry) : this.#count("stale");
  }

  #count(outcome: string, entry: CachedStatus | null = null): CachedStatus | null {
    this.#metrics.cacheReads.inc({ outcome });
    return entry;
  }
}
