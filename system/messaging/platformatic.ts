import {
  Admin,
  type BaseOptions,
  findErrorBy,
  ProduceAcks,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import { withDeadline } from "../telemetry/clock.ts";
import { BrokerTurn } from "./broker-turn.ts";
import { type ClientOptions, type KafkaClient, replication } from "./kafka-client.ts";
import type { SubscribeOptions, TopicSpec } from "./messaging.ts";
import type { PartitionBatch } from "./partition-senders.ts";
import { PlatformaticSession } from "./platformatic-consumer.ts";
import { takeTurns } from "./platformatic-turns.ts";
import { Replaceable } from "./replaceable.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession } from "./supervised-subscription.ts";

type StringProducer = Producer<string, string, string, string>;

/** Topics that are created by one request: a hundred take well under the request's timeout. */
const topicsPerRequest = 100;

/** Kafka by @platformatic/kafka: idempotent, retrying for ever. */
export class PlatformaticClient implements KafkaClient {
  readonly #options: ClientOptions;
  readonly #turn: BrokerTurn;
  readonly #producer: Replaceable<StringProducer>;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#turn = new BrokerTurn(options.config.brokers);
    this.#producer = new Replaceable(
      async () => this.#createProducer(),
      (producer) => withDeadline(producer.close(), settings.closeDeadlineMs, "closing the producer"),
    );
  }

  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.#administer(async (admin) => {
      const metadata = await admin.metadata({ topics: [] });
      // A cluster may still be starting: do not take the brokers that have reported so far for all there are.
      const { replicas, config } = replication(
        Math.max(metadata.brokers.size, this.#options.config.brokers.length),
      );
      const existing = new Set(await admin.listTopics());
      const missing = specs.filter(({ name }) => !existing.has(name));
      for (const [partitions, alike] of Map.groupBy(missing, (spec) => spec.partitions)) {
        for (let first = 0; first < alike.length; first += topicsPerRequest) {
          const topics = alike.slice(first, first + topicsPerRequest).map(({ name }) => name);
          await admin
            .createTopics({ topics, partitions, replicas, configs: [config] })
            .catch((error: Error) => {
              if (!findErrorBy(error, "apiId", "TOPIC_ALREADY_EXISTS")) throw error;
            });
        }
      }
    });
  }

  partitionsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#administer(async (admin) => {
      const described = await admin.metadata({ topics: [...topics], forceUpdate: true });
      return new Map([...described.topics].map(([name, topic]) => [name, topic.partitionsCount]));
    });
  }

  async send({ topic, partition, messages }: PartitionBatch): Promise<void> {
    await this.#producer.use((producer) =>
      producer.send({
        // Said again here, for a send without acks would fall back to the leader's alone.
        acks: this.#acks(),
        messages: messages.map(({ key, value, headers }) => ({
          topic,
          partition,
          key,
          value,
          headers: { ...headers },
        })),
      }),
    );
  }

  replaceProducer(): void {
    this.#producer.retire();
  }

  /** Also keeps the producer's connections open. */
  ask(topic: string): Promise<unknown> {
    // With a retry, for it is the retry that passes the turn on; the next question goes to another broker then.
    return this.#producer.use((producer) =>
      producer.metadata({ topics: [topic], forceUpdate: true, retries: 1 }),
    );
  }

  newSession(options: SubscribeOptions): ConsumerSession {
    return new PlatformaticSession(options, this.#options.hooks, this.#baseOptions(), this.#turn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.close();
  }

  async #administer<R>(work: (admin: Admin) => Promise<R>): Promise<R> {
    const admin = new Admin({ ...this.#baseOptions(), retries: 3 });
    takeTurns(admin, this.#turn);
    try {
      return await work(admin);
    } finally {
      await withDeadline(admin.close(), settings.closeDeadlineMs, "closing the admin client").catch(() => {});
    }
  }

  #acks(): number {
    return this.#options.config.acks === "all" ? ProduceAcks.ALL : ProduceAcks.LEADER;
  }

  #baseOptions(): BaseOptions {
    return {
      clientId: this.#options.clientId,
      bootstrapBrokers: this.#options.config.brokers.map(({ host, port }) => ({ host, port })),
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
      idempotent: this.#options.config.idempotent,
      acks: this.#acks(),
      serializers: stringSerializers,
    });
    takeTurns(producer, this.#turn);
    producer.on("error", (error) => this.#options.hooks.onClientError("producer", error));
    return producer;
  }
}
