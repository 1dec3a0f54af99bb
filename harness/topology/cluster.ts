import type { RedisLayout } from "./redis.ts";
import { stt } from "./stt.ts";
import type { Topology } from "./topology.ts";

/** What {@link cluster} builds. Whatever is left out is not started. */
export interface ClusterOptions {
  /** Kafka brokers (default 0). */
  readonly kafka?: number;
  /** Default `none`. */
  readonly redis?: RedisLayout;
  /** Programs that use the service's lock (default 0); they need Redis, and bring PostgreSQL with them. */
  readonly lockUsers?: number;
  /** Their entry file, for a variant of the lock; default: the one of the reference service. */
  readonly lockUserEntry?: string;
  /** Consumers of `kafkaLog` as processes of their own (default 0); they need Kafka. */
  readonly consumers?: number;
}

/** Kafka, Redis or lock users without the service, for workloads that drive them directly: it starts in seconds. */
export const cluster = ({ kafka = 0, redis = "none", lockUsers = 0, ...rest }: ClusterOptions): Topology =>
  stt({ kafka, redis, lockUsers, ...rest, instances: 0 });
