import type { RequestHandler } from "express";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { ifAvailable, type RedisConnection } from "../coordination/redis.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { principalOf } from "./auth.ts";
import { problem } from "./problem.ts";

const windowSeconds = 60;

/** What is left to a subject in the present minute. */
export interface Allowance {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until the next minute begins, rounded up. */
  readonly resetSeconds: number;
}

/**
 * Counts the requests of each subject, over all instances, in Redis. Without Redis it lets all through: the limit keeps
 * one client from crowding out others, and an outage is no time to turn clients away.
 */
export class RateLimiter {
  readonly perMinute: number;
  readonly #redis: RedisConnection;
  readonly #metrics: Metrics;
  #limiter: RateLimiterRedis | undefined;

  constructor(perMinute: number, redis: RedisConnection, metrics: Metrics) {
    this.perMinute = perMinute;
    this.#redis = redis;
    this.#metrics = metrics;
  }

  /** Counts one request. Null when Redis did not say within the time of a call: let it through. */
  async consume(subject: string): Promise<Allowance | null> {
    const counted = await ifAvailable(
      this.#redis.call("rate-limit", async (redis) => {
        this.#limiter ??= new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: "stt:rate",
          points: this.perMinute,
          duration: windowSeconds,
          inMemoryBlockOnConsumed: this.perMinute, // who is over the limit costs Redis nothing until the minute ends
        });
        try {
          return { allowed: true, state: await this.#limiter.consume(subject) };
        } catch (error) {
          if (error instanceof RateLimiterRes) return { allowed: false, state: error };
          throw error;
        }
      }),
    );
    const outcome = counted === undefined ? "unavailable" : counted.allowed ? "allowed" : "limited";
    this.#metrics.rateLimited.inc({ outcome });
    if (!counted) return null;
    const { allowed, state } = counted;
    const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    return { allowed, remaining: state.remainingPoints, resetSeconds };
  }
}

/** Refuses a subject's requests beyond the limit. The headers are those of draft-ietf-httpapi-ratelimit-headers-09. */
export function limitRate(limiter: RateLimiter): RequestHandler {
  return async (_request, response, next) => {
    const allowance = await limiter.consume(principalOf(response).subject);
    if (allowance) {
      const { allowed, remaining, resetSeconds } = allowance;
      response.set("ratelimit-policy", `"subject";q=${limiter.perMinute};w=${windowSeconds}`);
      response.set("ratelimit", `"subject";r=${remaining};t=${resetSeconds}`);
      if (!allowed) {
        const detail = `at most ${limiter.perMinute} requests a minute`;
        throw problem("rate-limited", { detail }, { "retry-after": String(resetSeconds) });
      }
    }
    next();
  };
}
