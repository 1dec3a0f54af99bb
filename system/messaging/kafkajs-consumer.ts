import type { Consumer, IHeaders, Kafka, KafkaMessage } from "kafkajs";
import { withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ConsumerHooks } from "./hooks.ts";
import type { IncomingMessage, SubscribeOptions } from "./messaging.ts";
import { PartitionLanes } from "./partition-lanes.ts";
import { settings } from "./settings.ts";
import { type ConsumerSession, started } from "./supervised-subscription.ts";

/** Joins the group and consumes until something ends it. */
export function startKafkaJsSession(
  kafka: Kafka,
  options: SubscribeOptions,
  hooks: ConsumerHooks,
  logger: Logger,
): Promise<ConsumerSession> {
  return started(new KafkaJsSession(kafka, options, hooks, logger));
}

/**
 * The client's own loop fetches the next batch, and sends heartbeats, only when the last one was handled. So it
 * hands batches to the lanes and goes on; the lanes commit.
 */
class KafkaJsSession implements ConsumerSession {
  readonly #options: SubscribeOptions;
  readonly #consumer: Consumer;
  readonly #lanes: PartitionLanes;
  readonly #end = Promise.withResolvers<unknown>();
  #joined = false;

  constructor(kafka: Kafka, options: SubscribeOptions, hooks: ConsumerHooks, logger: Logger) {
    this.#options = options;
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: settings.heartbeatMs,
      maxWaitTimeInMs: settings.maxWaitMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      metadataMaxAge: 5_000,
      // Enough to sit out an election: a member that gives up comes back as another, and the group waits for the old one.
      // A crash ends the session; the supervisor starts the next one with a clean slate.
      retry: { retries: 12, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
    this.#lanes = new PartitionLanes({
      ...hooks,
      handler: options.handler,
      commit: (message) => this.#commit(message),
      onPressure: (high) => {
        const topics = options.topics.map((topic) => ({ topic }));
        if (high) this.#consumer.pause(topics);
        else this.#consumer.resume(topics);
      },
    });
    const { GROUP_JOIN, REBALANCING, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#joined = true;
      this.#lanes.reset();
      logger.info(
        { group: options.group, assignments: payload.memberAssignment },
        "Kafka partitions assigned",
      );
    });
    this.#consumer.on(REBALANCING, () => {
      this.#joined = false;
      this.#lanes.reset();
    });
    this.#consumer.on(CRASH, ({ payload }) => this.#end.resolve(payload.error));
  }

  get ended(): Promise<unknown> {
    return this.#end.promise;
  }

  joined(): boolean {
    return this.#joined;
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, isStale }) => {
        for (const message of batch.messages) {
          if (!isStale()) this.#lanes.push(incoming(batch.topic, batch.partition, message));
        }
      },
    });
  }

  async #commit({ topic, partition, offset }: IncomingMessage): Promise<void> {
    const commit = this.#consumer.commitOffsets([{ topic, partition, offset: String(offset + 1n) }]);
    await withDeadline(commit, settings.commitDeadlineMs, `committing ${topic}[${partition}]`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#joined = false;
    await this.#lanes.close();
    const closed = this.#consumer.disconnect();
    await withDeadline(closed, settings.closeDeadlineMs, "closing the consumer").catch(() => {});
  }
}

function incoming(topic: string, partition: number, message: KafkaMessage): IncomingMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString("utf8") ?? "",
    value: message.value?.toString("utf8") ?? "",
    headers: textHeaders(message.headers),
  };
}

function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const single = Array.isArray(value) ? value[0] : value;
    if (single !== undefined) text[name] = single.toString();
  }
  return text;
}
