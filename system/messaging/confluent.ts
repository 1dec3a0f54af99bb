import { withDeadline } from "../telemetry/clock.ts";
import { ConfluentSession } from "./confluent-consumer.ts";
import type { ConfluentAdmin, ConfluentLibrary, ConfluentProducer, Settings } from "./confluent-library.ts";
import { libraryLogger } from "./confluent-logger.ts";
import { type ClientOptions, type KafkaClient, replication } from "./kafka-client.ts";
import type { SubscribeOptions, TopicSpec } from "./messaging.ts";
import type { PartitionBatch } from "./partition-senders.ts";
import { Replaceable } from "./replaceable.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession } from "./supervised-subscription.ts";

interface Connection {
  readonly producer: ConfluentProducer;
  readonly admin: ConfluentAdmin;
}

/**
 * Kafka by @confluentinc/kafka-javascript (librdkafka): idempotent, one request in flight, for with more it burns a core
 * while a broker hangs. It asks all bootstrap brokers, whichever answers.
 */
export class ConfluentClient implements KafkaClient {
  readonly #options: ClientOptions;
  readonly #library: ConfluentLibrary;
  readonly #connection: Replaceable<Connection>;

  /** @param messageTimeoutMs after which the library gives a message up. */
  constructor(library: ConfluentLibrary, options: ClientOptions, messageTimeoutMs: number) {
    this.#options = options;
    this.#library = library;
    this.#connection = new Replaceable(
      () => this.#connect(messageTimeoutMs),
      async ({ producer, admin }) => {
        await withDeadline(admin.disconnect(), settings.closeDeadlineMs, "closing the admin client");
        await withDeadline(producer.disconnect(), settings.closeDeadlineMs, "closing the producer");
      },
    );
  }

  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.#connection.use(async ({ admin }) => {
      const timeout = settings.requestTimeoutMs;
      const existing = new Set(await admin.listTopics({ timeout }));
      // The library does not tell how many brokers there are: the configured ones are.
      const { replicas, config } = replication(this.#options.config.brokers.length);
      const topics = specs
        .filter(({ name }) => !existing.has(name))
        .map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas,
          configEntries: [config],
        }));
      if (topics.length > 0) await admin.createTopics({ topics, timeout });
    });
  }

  partitionsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#connection.use(async ({ admin }) => {
      const options = { topics: [...topics], timeout: settings.requestTimeoutMs };
      const described = await admin.fetchTopicMetadata(options);
      return new Map(described.map(({ name, partitions }) => [name, partitions.length]));
    });
  }

  async send({ topic, partition, messages }: PartitionBatch): Promise<void> {
    await this.#connection.use(({ producer }) =>
      producer.send({
        topic,
        messages: messages.map(({ key, value, headers }) => ({
          partition,
          key,
          value,
          headers: { ...headers },
        })),
      }),
    );
  }

  replaceProducer(): void {
    this.#connection.retire();
  }

  ask(topic: string): Promise<unknown> {
    return this.partitionsOf([topic]);
  }

  newSession(options: SubscribeOptions): ConsumerSession {
    const { Kafka } = this.#library.KafkaJS;
    return new ConfluentSession(new Kafka(this.#common()), options, this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  async #connect(messageTimeoutMs: number): Promise<Connection> {
    const { config, hooks, logger } = this.#options;
    const producer = new this.#library.KafkaJS.Kafka(this.#common()).producer({
      kafkaJS: { logger: libraryLogger(logger, (message) => hooks.onClientError("producer", message)) },
      acks: config.acks === "all" ? -1 : 1,
      "enable.idempotence": config.idempotent,
      "max.in.flight.requests.per.connection": 1,
      "allow.auto.create.topics": false,
      "linger.ms": 1,
      "request.timeout.ms": settings.requestTimeoutMs,
      "message.timeout.ms": messageTimeoutMs,
      retries: 2 ** 31 - 1,
      "retry.backoff.ms": 50,
      "retry.backoff.max.ms": 500,
    });
    await withDeadline(producer.connect(), settings.startDeadlineMs, "connecting to Kafka");
    const admin = producer.dependentAdmin();
    await admin.connect();
    return { producer, admin };
  }

  #common(): Settings {
    const { clientId, config } = this.#options;
    return {
      "bootstrap.servers": config.brokers.map(({ host, port }) => `${host}:${port}`).join(","),
      "client.id": clientId,
      "socket.timeout.ms": settings.requestTimeoutMs,
      "socket.connection.setup.timeout.ms": settings.connectTimeoutMs,
      "reconnect.backoff.max.ms": 500,
      "topic.metadata.refresh.interval.ms": 5_000,
    };
  }
}
