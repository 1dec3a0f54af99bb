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
import type { ConsumerSession } from "./supervised-subscription.ts";

type StringConsumer = Consumer<string, string, string, string>;
type StringStream = MessagesStream<string, string, string, string>;

/** Joins the group and consumes until something ends it. */
export async function startPlatformaticSession(
  options: SubscribeOptions,
  base: BaseOptions,
  hooks: ConsumerHooks,
  logger: Logger,
): Promise<ConsumerSession> {
  const session = new PlatformaticSession(options, base, hooks, logger);
  try {
    await session.start();
    return session;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A consumer and its stream. With each assignment of partitions the stream is replaced by a new one, which starts at
 * the committed offsets: the library's own stream would let a fetch that began under the old assignment move
 * the position past messages nobody has handled.
 */
class PlatformaticSession implements ConsumerSession {
  readonly #options: SubscribeOptions;
  readonly #consumer: StringConsumer;
  readonly #lanes: PartitionLanes;
  readonly #end = Promise.withResolvers<unknown>();
  readonly #epochs = new Map<string, number>();
  #stream: StringStream | undefined;
  #assignments = 0;
  #replacing = false;
  #pressed = false;
  #closed = false;

  constructor(options: SubscribeOptions, base: BaseOptions, hooks: ConsumerHooks, logger: Logger) {
    this.#options = options;
    this.#consumer = new Consumer<string, string, string, string>({
      ...base,
      groupId: options.group,
      autocommit: false,
      deserializers: stringDeserializers,
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: settings.heartbeatMs,
      heartbeatStallTimeout: settings.sessionTimeoutMs * 2,
      maxWaitTime: settings.maxWaitMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
    });
    this.#lanes = new PartitionLanes({
      ...hooks,
      handler: options.handler,
      commit: (message) => this.#commit(message),
      onPressure: (high) => {
        this.#pressed = high;
        if (high) this.#stream?.pause();
        else this.#stream?.resume();
      },
    });
    this.#consumer.on("error", (error) => this.#end.resolve(error));
    this.#consumer.on("consumer:heartbeat:stalled", () =>
      this.#end.resolve(new Error("no heartbeat went through for too long")),
    );
    this.#consumer.on("consumer:group:join", ({ assignments }) => {
      this.#assignments++;
      this.#lanes.reset();
      logger.info({ group: options.group, assignments }, "Kafka partitions assigned");
      // The first assignment comes while start() opens the first stream.
      if (this.#stream) void this.#replaceStream();
    });
  }

  get ended(): Promise<unknown> {
    return this.#end.promise;
  }

  joined(): boolean {
    return !this.#closed && this.#stream !== undefined && this.#consumer.isActive();
  }

  async start(): Promise<void> {
    await this.#replaceStream();
    if (!this.#stream) throw await this.#end.promise;
  }

  /** Opens a stream for the latest assignment; again, when another comes meanwhile. */
  async #replaceStream(): Promise<void> {
    if (this.#replacing) return;
    this.#replacing = true;
    try {
      let seen: number;
      do {
        const old = this.#stream;
        old?.removeAllListeners("data");
        const stream = await this.#consumer.consume({
          topics: [...this.#options.topics],
          mode: "committed",
          fallbackMode: "earliest",
        });
        // Read after consume(): the first one joins the group.
        seen = this.#assignments;
        this.#listen(stream, seen);
        this.#stream = stream;
        old?.destroy();
      } while (seen !== this.#assignments && !this.#closed);
    } catch (error) {
      this.#end.resolve(error);
    } finally {
      this.#replacing = false;
    }
  }

  #listen(stream: StringStream, assignment: number): void {
    stream.on("error", (error) => {
      if (stream === this.#stream) this.#end.resolve(error);
    });
    stream.on("close", () => {
      if (stream === this.#stream) this.#end.resolve(new Error("the stream of messages closed"));
    });
    stream.on("data", (message) => {
      if (assignment === this.#assignments) this.#lanes.push(this.#incoming(message));
    });
    if (this.#pressed) stream.pause();
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
