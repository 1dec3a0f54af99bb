import type { KafkaConfig } from "../config.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { MessagingHooks } from "./hooks.ts";
import type { SubscribeOptions, TopicSpec } from "./messaging.ts";
import type { PartitionBatch } from "./partition-senders.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession } from "./supervised-subscription.ts";

/** What a client is made of. */
export interface ClientOptions {
  readonly config: KafkaConfig;
  /** The name the brokers know it by. */
  readonly clientId: string;
  readonly logger: Logger;
  readonly hooks: MessagingHooks;
}

/** What the adapters differ in: a library, put to the use that {@link KafkaMessaging} makes of it. */
export interface KafkaClient extends AsyncDisposable {
  /** Creates the topics that are missing. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** How many partitions each topic has. Rejects when a broker does not know one of them, or not yet. */
  partitionsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Writes a batch; resolves when it is acknowledged. Never called again for a partition before it has settled. */
  send(batch: PartitionBatch): Promise<void>;
  /** The next send goes through a new producer. */
  replaceProducer(): void;
  /** Rejects when the brokers do not answer. @param topic one that exists. */
  ask(topic: string): Promise<unknown>;
  newSession(options: SubscribeOptions): ConsumerSession;
}

/** How a topic is created on a cluster of so many brokers. */
export function replication(brokers: number): { replicas: number; config: { name: string; value: string } } {
  const replicas = Math.min(settings.maxReplicas, brokers);
  return { replicas, config: { name: "min.insync.replicas", value: String(Math.min(2, replicas)) } };
}
