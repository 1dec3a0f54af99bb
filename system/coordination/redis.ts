import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from "cockatiel";
import { Redis, type RedisOptions, ReplyError } from "ioredis";
import type { RedisConfig } from "../config.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { defineScripts } from "./scripts.ts";

/** A call to Redis failed, took too long, or was not made because earlier ones did. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

/** No call waits longer. Redis only makes things faster: without it the work goes on. */
const callTimeoutMs = 300;

/** So many calls without an answer in a row, and for so long none is made; then one at a time, until one is answered. */
const failuresToOpen = 3;
const openForMs = 1_000;

const options = {
  // What the library asks by itself; calls have their own, shorter one.
  commandTimeout: 1_000,
  connectTimeout: 1_000,
  // A connection that swallows a command is closed, so that the next one finds a new primary.
  socketTimeout: 1_000,
  disconnectTimeout: 300,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // A command whose fate is unknown is never sent again behind the caller's back.
  autoResendUnfulfilledCommands: false,
  retryStrategy: (times: number) => Math.min(times * 50, 500),
  // A demoted primary says READONLY: reconnect, and find the new one.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
} satisfies RedisOptions;

function connect(config: RedisConfig): Redis {
  if (config.kind === "single") return new Redis(config.url, options);
  const { natMap } = config;
  return new Redis({
    ...options,
    name: config.master,
    sentinels: config.sentinels.map(({ host, port }) => ({ host, port })),
    sentinelCommandTimeout: 1_000,
    sentinelRetryStrategy: (times: number) => Math.min(times * 50, 500),
    failoverDetector: true,
    ...(natMap ? { natMap: (announced: string) => natMap[announced] ?? null } : {}),
  });
}

/** The connection to Redis: every call is bounded, and a dead Redis costs one timeout a while. */
export class RedisConnection implements AsyncDisposable {
  readonly #redis: Redis;
  #breaker: CircuitBreakerPolicy;
  readonly #metrics: Metrics;
  /** The server's clock (epoch ms) minus our monotonic one; undefined while it is not known. */
  #clockOffset: number | undefined;
  #readingClock = false;

  constructor(config: RedisConfig, logger: Logger, metrics: Metrics) {
    this.#metrics = metrics;
    this.#redis = connect(config);
    this.#breaker = this.#newBreaker();
    defineScripts(this.#redis);
    metrics.redisConnected.set(0);
    let reported = false;
    this.#redis.on("ready", () => {
      reported = false;
      // It has just answered, so calls are made again at once, and whatever the wall clock did meanwhile.
      this.#breaker = this.#newBreaker();
      metrics.redisConnected.set(1);
      logger.info("connected to Redis");
      void this.#readClock();
    });
    this.#redis.on("close", () => {
      metrics.redisConnected.set(0);
      this.#clockOffset = undefined;
    });
    this.#redis.on("error", (error: Error) => {
      if (!reported) logger.warn({ err: error }, "Redis is unavailable");
      reported = true;
    });
  }

  /**
   * Makes a call, at most {@link callTimeoutMs} long.
   * @param name for the count of calls that failed.
   * @throws RedisUnavailable; the call may still have taken effect.
   */
  async call<T>(name: string, call: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      // Cockatiel lets calls wait for the outcome of a trial; ours would rather go on without Redis.
      if (this.#breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError("Redis is being tried");
      return await this.#breaker.execute(() => within(callTimeoutMs, call(this.#redis)));
    } catch (error) {
      this.#metrics.redisSkipped.inc({ call: name });
      throw new RedisUnavailable(`Redis call ${name}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  /** What the server's clock showed at a moment of `performance.now()`, or undefined when that is not known. */
  serverTime(moment: number): number | undefined {
    if (this.#clockOffset === undefined) void this.#readClock();
    return this.#clockOffset === undefined ? undefined : Math.floor(moment + this.#clockOffset);
  }

  /** A closed circuit, which opens when Redis does not answer. An error that Redis replies is an answer. */
  #newBreaker(): CircuitBreakerPolicy {
    const breaker = circuitBreaker(
      handleWhen((error) => !(error instanceof ReplyError)),
      { halfOpenAfter: openForMs, breaker: new ConsecutiveBreaker(failuresToOpen) },
    );
    const note = (state: CircuitState) =>
      this.#metrics.redisCircuitOpen.set(state === CircuitState.Closed ? 0 : 1);
    breaker.onStateChange(note);
    note(breaker.state);
    return breaker;
  }

  async #readClock(): Promise<void> {
    if (this.#readingClock) return;
    this.#readingClock = true;
    const time = await ifAvailable(this.call("time", (redis) => redis.time()));
    this.#readingClock = false;
    // Taken after the answer, so it errs to the past: what we say was, was no later.
    if (time) this.#clockOffset = Number(time[0]) * 1_000 + Number(time[1]) / 1_000 - performance.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }
}

/**
 * What a call answers, unless it takes too long. Where this process itself was held up, the answer may have come and only not
 * been read: it is read before the time is found to be over, so that a busy instance does not take Redis for dead.
 */
async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    setImmediate(() => late.reject(new Error(`no answer within ${ms} ms`))); // sockets are read in between
  }, ms);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The call's result, or undefined when Redis is unavailable (which was counted where it happened). */
export async function ifAvailable<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RedisUnavailable) return undefined;
    throw error;
  }
}
