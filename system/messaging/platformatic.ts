import {
  Admin,
  type BaseOptions,
  findErrorBy,
  ProduceAcks,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import type { KafkaConfig } from "../config.ts";
import { withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ConsumerHooks } from "./hooks.ts";
import type { Messaging, OutgoingMessage, SubscribeOptions, Subscription, TopicSpec } from "./messaging.ts";
import { type PartitionBatch, PartitionSenders } from "./partition-senders.ts";
import { startPlatformaticSession } from "./platformatic-consumer.ts";
import { Probe } from "./probe.ts";
import { Replaceable } from "./replaceable.ts";
import { settings } from "./settings.ts";
import { SupervisedSubscription } from "./supervised-subscription.ts";

type StringProducer = Producer<string, string, string, string>;

/**
 * Kafka by @platformatic/kafka, with the settings that lost nothing when brokers were killed, paused and cut off:
 * idempotent, retrying for ever, one partition a send, one sender a partition.
 */
export class PlatformaticMessaging implements Messaging {
  readonly #config: KafkaConfig;
  readonly #clientId: string;
  readonly #logger: Logger;
  readonly #hooks: ConsumerHooks;
  readonly #producer: Replaceable<StringProducer>;
  readonly #senders: PartitionSenders;
  readonly #partitions = new Map<string, number>();
  readonly #probe: Probe;

  constructor(config: KafkaConfig, clientId: string, logger: Logger, hooks: ConsumerHooks) {
    this.#config = config;
    this.#clientId = clientId;
    this.#logger = logger;
    this.#hooks = hooks;
    this.#producer = new Replaceable(
      async () => this.#createProducer(),
      (producer) => withDeadline(producer.close(), settings.closeDeadlineMs, "closing the producer"),
    );
    this.#senders = new PartitionSenders({
      send: (batch) => this.#producer.use((producer) => this.#send(producer, batch)),
      partitionsOf: (topic) => this.#partitionsOf(topic),
      deadlineMs: settings.publishDeadlineMs,
      stuckAfterMs: settings.stuckAfterMs,
      onStuck: () => {
        logger.error("a send to Kafka never settled; the producer is replaced");
        this.#producer.retire();
      },
    });
    this.#probe = new Probe(() =>
      this.#producer.use((producer) =>
        producer.metadata({
          topics: [...this.#partitions.keys()].slice(0, 1),
          forceUpdate: true,
          retries: 0,
        }),
      ),
    );
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    const admin = new Admin({ ...this.#baseOptions(), retries: 2, requestTimeout: 10_000, timeout: 10_000 });
    try {
      const metadata = await admin.metadata({ topics: [] });
      // A cluster may still be starting: do not take the brokers that have reported so far for all there are.
      const brokers = Math.max(metadata.brokers.size, this.#config.brokers.length);
      const replicas = Math.min(settings.maxReplicas, brokers);
      const configs = [{ name: "min.insync.replicas", value: String(Math.min(2, replicas)) }];
      const existing = new Set(await admin.listTopics());
      for (const { name, partitions } of specs) {
        if (existing.has(name)) continue;
        await admin.createTopics({ topics: [name], partitions, replicas, configs }).catch((error: Error) => {
          if (!findErrorBy(error, "apiId", "TOPIC_ALREADY_EXISTS")) throw error;
        });
      }
      const described = await admin.metadata({ topics: specs.map((spec) => spec.name), forceUpdate: true });
      for (const [name, topic] of described.topics) this.#partitions.set(name, topic.partitionsCount);
    } finally {
      await withDeadline(admin.close(), settings.closeDeadlineMs, "closing the admin client").catch(() => {});
    }
  }

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    return this.#senders.publish(messages);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const start = () =>
      startPlatformaticSession(options, { ...this.#baseOptions(), retries: true }, this.#hooks, this.#logger);
    return new SupervisedSubscription(start, this.#logger.child({ group: options.group }));
  }

  ready(): boolean {
    return this.#probe.ok && this.#partitions.size > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe[Symbol.dispose]();
    await withDeadline(this.#senders.settled(), settings.closeDeadlineMs, "the last sends").catch(() => {});
    await this.#producer.close();
  }

  #baseOptions(): BaseOptions {
    return {
      clientId: this.#clientId,
      bootstrapBrokers: this.#config.brokers.map(({ host, port }) => ({ host, port })),
      connectTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      timeout: settings.requestTimeoutMs,
      retryDelay: settings.retryDelayMs,
      metadataMaxAge: 5_000,
    };
  }

  #createProducer(): StringProducer {
    const producer = new Producer<string, string, string, string>({
      ...this.#baseOptions(),
      retries: true,
      idempotent: this.#config.idempotent,
      acks: this.#config.acks === "all" ? ProduceAcks.ALL : ProduceAcks.LEADER,
      serializers: stringSerializers,
    });
    producer.on("error", (error) => this.#logger.warn({ err: error }, "the Kafka producer reports"));
    return producer;
  }

  #send(producer: StringProducer, batch: PartitionBatch): Promise<unknown> {
    return producer.send({
      // Said again here, for a send without acks would fall back to the leader's alone.
      acks: this.#config.acks === "all" ? ProduceAcks.ALL : ProduceAcks.LEADER,
      messages: batch.messages.map(({ topic, key, value, headers }) => ({
        topic,
        partition: batch.partition,
        key,
        value,
        headers: { ...headers },
      })),
    });
  }

  #partitionsOf(topic: string): number {
    const partitions = this.#partitions.get(topic);
    if (partitions === undefined) throw new Error(`unknown topic ${topic}: ensureTopics has not seen it`);
    return partitions;
  }
}
