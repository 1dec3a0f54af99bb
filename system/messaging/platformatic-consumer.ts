import {
  type BaseOptions,
  Consumer,
  type Message,
  type MessagesStream,
  stringDeserializers,
} from "@platformatic/kafka";
import { withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ConsumerHooks } from "./hooks.ts";
import type { IncomingMessage, SubscribeOptions } from "./messaging.ts";
import { PartitionLanes } from "./partition-lanes.ts";
import { settings } from "./settings.ts";
import { type ConsumerSession, started } from "./supervised-subscription.ts";

type StringConsumer = Consumer<string, string, string, string>;
type StringStream = MessagesStream<string, string, string, string>;

/** Joins the group and consumes until something ends it. */
export function startPlatformaticSession(
  options: SubscribeOptions,
  base: BaseOptions,
  hooks: ConsumerHooks,
  logger: Logger,
): Promise<ConsumerSession> {
  return started(new PlatformaticSession(options, base, hooks, logger));
}

/**
 * A consumer and its stream, in a group of the new protocol (KIP-848): the broker assigns partitions, and members keep
 * working while it does. In the classic protocol a commit that meets a rebalance makes this client join again, which
 * is the next rebalance; under steady commits two members did nothing else, and one fell silent for good
 * (docs/findings/rebalance-storm.md).
 *
 * A partition that moves away may still have messages waiting here: they are handled by both members, which stages
 * are made for, and none is left out, because a commit only ever follows the handling.
 */
class PlatformaticSession implements ConsumerSession {
  readonly #options: SubscribeOptions;
  readonly #consumer: StringConsumer;
  readonly #lanes: PartitionLanes;
  readonly #end = Promise.withResolvers<unknown>();
  readonly #epochs = new Map<string, number>();
  #stream: StringStream | undefined;
  #closed = false;

  constructor(options: SubscribeOptions, base: BaseOptions, hooks: ConsumerHooks, logger: Logger) {
    this.#options = options;
    this.#consumer = new Consumer<string, string, string, string>({
      ...base,
      groupId: options.group,
      autocommit: false,
      deserializers: stringDeserializers,
      groupProtocol: "consumer",
      heartbeatStallTimeout: settings.sessionTimeoutMs * 2,
      maxWaitTime: settings.maxWaitMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
    });
    this.#lanes = new PartitionLanes({
      ...hooks,
      handler: options.handler,
      commit: (message) => this.#commit(message),
      onPressure: (high) => {
        if (high) this.#stream?.pause();
        else this.#stream?.resume();
      },
    });
    this.#consumer.on("error", (error) => this.#end.resolve(error));
    this.#consumer.on("consumer:heartbeat:stalled", () =>
      this.#end.resolve(new Error("no heartbeat went through for too long")),
    );
    this.#consumer.on("consumer:group:join", ({ memberId }) => {
      logger.info({ group: options.group, memberId }, "joined the Kafka consumer group");
    });
  }

  get ended(): Promise<unknown> {
    return this.#end.promise;
  }

  joined(): boolean {
    return !this.#closed && this.#stream !== undefined && this.#consumer.isActive();
  }

  async start(): Promise<void> {
    const stream = await this.#consumer.consume({
      topics: [...this.#options.topics],
      mode: "committed",
      fallbackMode: "earliest",
    });
    stream.on("error", (error) => this.#end.resolve(error));
    stream.on("close", () => this.#end.resolve(new Error("the stream of messages closed")));
    stream.on("data", (message) => this.#lanes.push(this.#incoming(message)));
    this.#stream = stream;
  }

  #incoming(message: Message<string, string, string, string>): IncomingMessage {
    const { topic, partition, offset, key, value, headers, leaderEpoch } = message;
    this.#epochs.set(`${topic}/${partition}`, leaderEpoch);
    return {
      topic,
      partition,
      offset,
      key: key ?? "",
      value: value ?? "",
      headers: Object.fromEntries(headers),
    };
  }

  async #commit({ topic, partition, offset }: IncomingMessage): Promise<void> {
    const leaderEpoch = this.#epochs.get(`${topic}/${partition}`) ?? -1;
    const commit = this.#consumer.commit({
      offsets: [{ topic, partition, offset: offset + 1n, leaderEpoch }],
    });
    await withDeadline(commit, settings.commitDeadlineMs, `committing ${topic}[${partition}]`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#lanes.close();
    const closed = this.#consumer.close(true);
    await withDeadline(closed, settings.closeDeadlineMs, "closing the consumer").catch(() => {});
  }
}
