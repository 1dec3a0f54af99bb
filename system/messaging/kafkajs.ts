import { type Admin, type ITopicConfig, Kafka, logLevel, type Producer } from "kafkajs";
import type { KafkaConfig } from "../config.ts";
import { withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ConsumerHooks } from "./hooks.ts";
import { startKafkaJsSession } from "./kafkajs-consumer.ts";
import type { Messaging, OutgoingMessage, SubscribeOptions, Subscription, TopicSpec } from "./messaging.ts";
import { type PartitionBatch, PartitionSenders } from "./partition-senders.ts";
import { Probe } from "./probe.ts";
import { Replaceable } from "./replaceable.ts";
import { settings } from "./settings.ts";
import { SupervisedSubscription } from "./supervised-subscription.ts";

/**
 * Kafka by kafkajs, with the settings that lost nothing: idempotent, one request in flight, one partition a send,
 * one sender a partition. (A send over several partitions loses acknowledged messages when a leader moves.)
 */
export class KafkaJsMessaging implements Messaging {
  readonly #config: KafkaConfig;
  readonly #kafka: Kafka;
  readonly #logger: Logger;
  readonly #hooks: ConsumerHooks;
  readonly #producer: Replaceable<Producer>;
  readonly #admin: Replaceable<Admin>;
  readonly #senders: PartitionSenders;
  readonly #partitions = new Map<string, number>();
  readonly #probe: Probe;

  constructor(config: KafkaConfig, clientId: string, logger: Logger, hooks: ConsumerHooks) {
    this.#config = config;
    this.#logger = logger;
    this.#hooks = hooks;
    this.#kafka = new Kafka({
      clientId,
      brokers: config.brokers.map(({ host, port }) => `${host}:${port}`),
      connectionTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 1_000 },
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => logger.debug({ kafkajs: entry.log }, entry.log.message),
    });
    this.#producer = this.#replaceable(() =>
      this.#kafka.producer({
        idempotent: config.idempotent,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        metadataMaxAge: 5_000,
      }),
    );
    this.#admin = this.#replaceable(() => this.#kafka.admin({ retry: { retries: 2 } }));
    this.#senders = new PartitionSenders({
      send: (batch) => this.#send(batch),
      partitionsOf: (topic) => this.#partitionsOf(topic),
      deadlineMs: settings.publishDeadlineMs,
      stuckAfterMs: settings.stuckAfterMs,
      onStuck: () => {
        logger.error("a send to Kafka never settled; the producer is replaced");
        this.#producer.retire();
      },
    });
    this.#probe = new Probe(async () => {
      try {
        await this.#admin.use((admin) => admin.describeCluster());
      } catch (error) {
        this.#admin.retire();
        throw error;
      }
    });
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#admin.use(async (admin) => {
      const cluster = await admin.describeCluster();
      // A cluster may still be starting: do not take the brokers that have reported so far for all there are.
      const brokers = Math.max(cluster.brokers.length, this.#config.brokers.length);
      const replicationFactor = Math.min(settings.maxReplicas, brokers);
      const configEntries = [{ name: "min.insync.replicas", value: String(Math.min(2, replicationFactor)) }];
      const existing = new Set(await admin.listTopics());
      const topics: ITopicConfig[] = specs
        .filter(({ name }) => !existing.has(name))
        .map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries,
        }));
      // Topics that another instance creates at the same time are no error here.
      if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: true });
      const described = await admin.fetchTopicMetadata({ topics: specs.map((spec) => spec.name) });
      for (const { name, partitions } of described.topics) this.#partitions.set(name, partitions.length);
    });
  }

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    return this.#senders.publish(messages);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const start = () => startKafkaJsSession(this.#kafka, options, this.#hooks, this.#logger);
    return new SupervisedSubscription(start, this.#logger.child({ group: options.group }));
  }

  ready(): boolean {
    return this.#probe.ok && this.#partitions.size > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe[Symbol.dispose]();
    await withDeadline(this.#senders.settled(), settings.closeDeadlineMs, "the last sends").catch(() => {});
    await Promise.all([this.#producer.close(), this.#admin.close()]);
  }

  async #send(batch: PartitionBatch): Promise<void> {
    try {
      await this.#producer.use((producer) =>
        producer.send({
          topic: batch.topic,
          acks: this.#config.acks === "all" ? -1 : 1,
          timeout: settings.requestTimeoutMs,
          messages: batch.messages.map(({ key, value, headers }) => ({
            partition: batch.partition,
            key,
            value,
            headers: { ...headers },
          })),
        }),
      );
    } catch (error) {
      // Idempotent, the client would give the next batch the sequence number of this one, which a broker may have written: it
      // would take the next for a repetition and drop it. A new producer has numbers of its own.
      if (this.#config.idempotent) this.#producer.retire();
      throw error;
    }
  }

  #replaceable<T extends Producer | Admin>(create: () => T): Replaceable<T> {
    return new Replaceable(
      async () => {
        const client = create();
        await client.connect();
        return client;
      },
      (client) => withDeadline(client.disconnect(), settings.closeDeadlineMs, "closing a Kafka client"),
    );
  }

  #partitionsOf(topic: string): number {
    const partitions = this.#partitions.get(topic);
    if (partitions === undefined) throw new Error(`unknown topic ${topic}: ensureTopics has not seen it`);
    return partitions;
  }
}
