// Not a test itself: what the tests of this folder share.
import { until } from "../../harness/util/until.ts";
import type { RedisConfig } from "../config.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { silent } from "../testing/servers.integration.test.ts";
import { ProcessorLocks } from "./processor-lock.ts";
import { RedisConnection } from "./redis.ts";
import { StatusCache } from "./status-cache.ts";

/** What one instance of the service has of Redis. */
export interface Instance {
  readonly redis: RedisConnection;
  readonly metrics: Metrics;
  readonly locks: ProcessorLocks;
  readonly cache: StatusCache;
}

/** An instance, connected. Its end is that of the stack. */
export async function connectInstance(
  stack: AsyncDisposableStack,
  config: RedisConfig,
  name = "test",
  mayBeOutdated: (id: string, version: number) => boolean = () => false,
): Promise<Instance> {
  const metrics = createMetrics(name);
  const redis = stack.use(new RedisConnection(config, silent, metrics));
  // It knows the server's clock once it is connected.
  await until(() => redis.serverTime(performance.now()), "connected to Redis")
    .every("5ms")
    .atMost("5s");
  return {
    redis,
    metrics,
    locks: new ProcessorLocks(redis, metrics, name),
    cache: new StatusCache(redis, { mayBeOutdated }, metrics),
  };
}

/** A metric's value, over all its labels or for one of them. */
export async function metricOf(metrics: Metrics, name: string, labels: object = {}): Promise<number> {
  const metric = (await metrics.registry.getMetricsAsJSON()).find((one) => one.name === name);
  const wanted = Object.entries(labels);
  const values = (metric?.values ?? []).filter((value) =>
    wanted.every(([label, text]) => Object.entries(value.labels).some(([k, v]) => k === label && v === text)),
  );
  return values.reduce((sum, { value }) => sum + value, 0);
}
