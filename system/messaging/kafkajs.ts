import { type Admin, type ITopicConfig, Kafka, logLevel, type Producer } from "kafkajs";
import { withDeadline } from "../telemetry/clock.ts";
import { BrokerTurn } from "./broker-turn.ts";
import { type ClientOptions, type KafkaClient, replication } from "./kafka-client.ts";
import { connectInTurn, type OnTimeout } from "./kafkajs-connect.ts";
import { KafkaJsSession } from "./kafkajs-consumer.ts";
import type { SubscribeOptions, TopicSpec } from "./messaging.ts";
import type { PartitionBatch } from "./partition-senders.ts";
import { Replaceable } from "./replaceable.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession } from "./supervised-subscription.ts";

/**
 * Kafka by kafkajs: idempotent, one request in flight. (A send over several partitions, or two at once to one, loses
 * acknowledged messages when a leader moves; neither is made.)
 */
export class KafkaJsClient implements KafkaClient {
  readonly #options: ClientOptions;
  readonly #turn: BrokerTurn;
  readonly #kafka: Kafka;
  readonly #producer: Replaceable<Producer>;
  readonly #admin: Replaceable<Admin>;

  constructor(options: ClientOptions) {
    const { config, clientId, logger } = options;
    this.#options = options;
    this.#turn = new BrokerTurn(config.brokers);
    this.#kafka = new Kafka({
      clientId,
      brokers: () => this.#turn.inTurn().map(({ host, port }) => `${host}:${port}`),
      connectionTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 1_000 },
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => logger.debug({ kafkajs: entry.log }, entry.log.message),
    });
    const close = (client: Producer | Admin) =>
      withDeadline(client.disconnect(), settings.closeDeadlineMs, "closing a Kafka client");
    this.#producer = new Replaceable(async () => {
      const producer = this.#kafka.producer({
        idempotent: config.idempotent,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        metadataMaxAge: 5_000,
      });
      const onTimeout: OnTimeout = (listener) => producer.on(producer.events.REQUEST_TIMEOUT, listener);
      await connectInTurn(producer, onTimeout, this.#turn);
      return producer;
    }, close);
    this.#admin = new Replaceable(async () => {
      const admin = this.#kafka.admin({ retry: { retries: 2 } });
      const onTimeout: OnTimeout = (listener) => admin.on(admin.events.REQUEST_TIMEOUT, listener);
      await connectInTurn(admin, onTimeout, this.#turn);
      return admin;
    }, close);
  }

  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.#administer(async (admin) => {
      const cluster = await admin.describeCluster();
      // A cluster may still be starting: do not take the brokers that have reported so far for all there are.
      const { replicas, config } = replication(
        Math.max(cluster.brokers.length, this.#options.config.brokers.length),
      );
      const existing = new Set(await admin.listTopics());
      const topics: ITopicConfig[] = specs
        .filter(({ name }) => !existing.has(name))
        .map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas,
          configEntries: [config],
        }));
      // Topics that another instance creates at the same time are no error here. Who creates topics waits for them by
      // partitionsOf: the library's own wait fails at a broker that does not know them yet.
      if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: false });
    });
  }

  partitionsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#administer(async (admin) => {
      const described = await admin.fetchTopicMetadata({ topics: [...topics] });
      return new Map(described.topics.map(({ name, partitions }) => [name, partitions.length]));
    });
  }

  async send({ topic, partition, messages }: PartitionBatch): Promise<void> {
    const { acks, idempotent } = this.#options.config;
    try {
      await this.#producer.use((producer) =>
        producer.send({
          topic,
          acks: acks === "all" ? -1 : 1,
          timeout: settings.requestTimeoutMs,
          messages: messages.map(({ key, value, headers }) => ({
            partition,
            key,
            value,
            headers: { ...headers },
          })),
        }),
      );
    } catch (error) {
      // Idempotent, the client would give the next batch the sequence number of this one, which a broker may have written: it
      // would take the next for a repetition and drop it. A new producer has numbers of its own.
      if (idempotent) {
        this.#options.hooks.onProducerReplaced("failed-send");
        this.replaceProducer();
      }
      throw error;
    }
  }

  replaceProducer(): void {
    this.#producer.retire();
  }

  async ask(): Promise<void> {
    await this.#administer((admin) => admin.describeCluster());
  }

  newSession(options: SubscribeOptions): ConsumerSession {
    return new KafkaJsSession(this.#kafka, options, this.#options.hooks, this.#turn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#producer.close(), this.#admin.close()]);
  }

  /** By a new client after a failure, for one that has met a hanging broker may fail at every call from then on. */
  async #administer<R>(work: (admin: Admin) => Promise<R>): Promise<R> {
    try {
      return await this.#admin.use(work);
    } catch (error) {
      this.#admin.retire();
      throw error;
    }
  }
}
