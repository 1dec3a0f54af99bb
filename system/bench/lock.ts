/**
 * What the processor lock costs beside a bare `SET NX PX` and `DEL`, in milliseconds, on the same connection to
 * STT_REDIS_URL. Started by the bench (harness/bench/benchmarks/service-lock.ts).
 */

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { ProcessorLocks } from "../coordination/processor-lock.ts";
import { RedisConnection } from "../coordination/redis.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { type Samples, serveArms } from "./serve-arms.ts";

/** Fifty values are above the 99th percentile. */
const timesPerRound = 5_000;
const ttlMs = 5_000;

const { STT_REDIS_URL: url = "redis://127.0.0.1" } = process.env;
const metrics = createMetrics("bench");
const connection = new RedisConnection({ kind: "single", url }, createLogger("bench", "silent"), metrics);
const locks = new ProcessorLocks(connection, metrics, "bench");

/** The client itself, with the options of the service. */
const redis = await connection.call("client", async (client) => client);
if (redis.status !== "ready") await once(redis, "ready");

/** Takes and gives back a lock, over and over. @param takeOnce returns when it was acquired. */
async function measure(
  takeOnce: (id: string) => Promise<number>,
): Promise<{ acquire: number[]; both: number[] }> {
  const acquire: number[] = [];
  const both: number[] = [];
  for (let count = 0; count < timesPerRound; count++) {
    const id = randomUUID();
    const start = performance.now();
    const acquiredAt = await takeOnce(id);
    both.push(performance.now() - start);
    acquire.push(acquiredAt - start);
  }
  return { acquire, both };
}

async function lock(): Promise<Samples> {
  const { acquire, both } = await measure(async (id) => {
    const acquiredAt = await locks.withLock(id, async () => performance.now());
    if (acquiredAt === "busy") throw new Error(`somebody else holds the lock of ${id}`);
    return acquiredAt;
  });
  return { "lock acquire": acquire, lock: both };
}

async function bare(): Promise<Samples> {
  const { acquire, both } = await measure(async (id) => {
    const key = `bench:${id}`;
    await redis.set(key, "owner", "PX", ttlMs, "NX");
    const acquiredAt = performance.now();
    await redis.del(key);
    return acquiredAt;
  });
  return { "SET NX PX": acquire, "SET NX PX, DEL": both };
}

await lock(); // code not yet compiled does not count
await bare();
serveArms({ lock, bare });
