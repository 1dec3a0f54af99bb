import {
  type BaseOptions,
  findErrorBy,
  type Message,
  type MessagesStream,
  stringDeserializers,
} from "@platformatic/kafka";
import { withDeadline } from "../telemetry/clock.ts";
import type { BrokerTurn } from "./broker-turn.ts";
import type { MessagingHooks } from "./hooks.ts";
import { fromPlatformatic } from "./incoming.ts";
import type { IncomingMessage, SubscribeOptions } from "./messaging.ts";
import { openStream } from "./open-stream.ts";
import { laneHandling, PartitionLanes, type TopicPartition } from "./partition-lanes.ts";
import { GroupConsumer } from "./platformatic-group-consumer.ts";
import { takeTurns } from "./platformatic-turns.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession, SessionEnd } from "./supervised-subscription.ts";

type StringMessage = Message<string, string, string, string>;
type StringStream = MessagesStream<string, string, string, string>;

/** What the group's coordinator answers to a member that it has replaced. */
const fencing = ["FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID"];

/**
 * A consumer and its stream, in a group of the new protocol (KIP-848): the broker assigns partitions, and members keep
 * working while it does. In the classic protocol a commit that meets a rebalance makes this client join again, which
 * is the next rebalance; under steady commits two members did nothing else, and one fell silent for good
 * (docs/findings/rebalance-storm.md).
 */
export class PlatformaticSession implements ConsumerSession {
  readonly #options: SubscribeOptions;
  readonly #hooks: MessagingHooks;
  readonly #consumer: GroupConsumer;
  readonly #lanes: PartitionLanes;
  readonly #end = Promise.withResolvers<SessionEnd>();
  readonly #epochs = new Map<string, number>();
  #owned = new Map<string, TopicPartition>();
  #stream: StringStream | undefined;
  #fenced = false;
  #closed = false;

  constructor(options: SubscribeOptions, hooks: MessagingHooks, base: BaseOptions, turn: BrokerTurn) {
    this.#options = options;
    this.#hooks = hooks;
    this.#consumer = new GroupConsumer(
      {
        ...base,
        retries: true,
        groupId: options.group,
        autocommit: false,
        deserializers: stringDeserializers,
        groupProtocol: "consumer",
        heartbeatStallTimeout: settings.sessionTimeoutMs * 2,
        maxWaitTime: settings.maxWaitMs,
        maxBytesPerPartition: settings.maxBytesPerPartition,
      },
      {
        beforeMove: () => this.#lanes.hold(settings.handOverMs),
        onFenced: () => this.#fence(new Error("a commit was refused: the group does not know this member")),
      },
    );
    takeTurns(this.#consumer, turn);
    this.#lanes = new PartitionLanes({
      ...laneHandling(options, hooks),
      commit: (message) => this.#commit(message),
      onPressure: (high) => {
        if (high) this.#stream?.pause();
        else this.#stream?.resume();
      },
    });
    this.#consumer.on("error", (error) => this.#end.resolve({ reason: "crashed", error }));
    this.#consumer.on("consumer:heartbeat:stalled", ({ lastError }) =>
      this.#end.resolve({ reason: "heartbeat-stalled", error: lastError }),
    );
    this.#consumer.on("consumer:heartbeat:error", ({ error }) => this.#onHeartbeatError(error));
    // A heartbeat is what tells the broker that a partition was given up: by then it must be.
    this.#consumer.on("consumer:heartbeat:start", () => this.#followAssignment());
    this.#consumer.on("consumer:heartbeat:end", () => this.#followAssignment());
  }

  get ended(): Promise<SessionEnd> {
    return this.#end.promise;
  }

  joined(): boolean {
    return !this.#closed && !this.#fenced && this.#stream !== undefined && this.#consumer.isActive();
  }

  async start(): Promise<void> {
    const topics = [...this.#options.topics];
    await openStream<StringStream>(
      (opened) => this.#consumer.consume({ topics, mode: "committed", fallbackMode: "earliest" }, opened),
      (stream) => this.#listen(stream),
    );
  }

  #listen(stream: StringStream): void {
    stream.on("error", (error) => this.#end.resolve({ reason: "crashed", error }));
    stream.on("close", () =>
      this.#end.resolve({ reason: "crashed", error: new Error("the stream of messages closed") }),
    );
    stream.on("data", (message) => this.#onMessage(message));
    this.#stream = stream;
  }

  /** The stream may still hold messages of a partition that was given up: its new owner gets them. */
  #onMessage(message: StringMessage): void {
    const { topic, partition, leaderEpoch } = message;
    this.#followAssignment();
    const name = `${topic}/${partition}`;
    if (!this.#owned.has(name)) return;
    this.#epochs.set(name, leaderEpoch);
    this.#lanes.push(fromPlatformatic(message));
  }

  #followAssignment(): void {
    if (this.#closed) return;
    const now = new Map<string, TopicPartition>();
    for (const { topic, partitions } of this.#consumer.assignments ?? []) {
      for (const partition of partitions) now.set(`${topic}/${partition}`, { topic, partition });
    }
    const lost = [...this.#owned].filter(([name]) => !now.has(name)).map(([, one]) => one);
    const gained = [...now.keys()].filter((name) => !this.#owned.has(name)).length;
    this.#owned = now;
    if (lost.length > 0) {
      this.#lanes.revoke(lost);
      this.#hooks.onRebalance(this.#options.group, this.#fenced ? "lost" : "revoked", lost.length);
    }
    if (gained > 0) this.#hooks.onRebalance(this.#options.group, "assigned", gained);
    if (lost.length > 0 || gained > 0) this.#hooks.onPartitions(this.#options.group, now.size);
    if (!this.#consumer.moving) this.#lanes.release();
    // The client lets its stream flow again after a move, whoever had paused it.
    if (this.#lanes.pressed) this.#stream?.pause();
  }

  #onHeartbeatError(error: Error): void {
    if (fencing.some((id) => findErrorBy(error, "apiId", id))) this.#fence(error);
    else this.#hooks.onClientError("consumer", error);
  }

  /** What this member still had is another's now. It would commit over that one's head as soon as it joined again. */
  #fence(error: unknown): void {
    if (this.#fenced || this.#closed) return;
    this.#fenced = true;
    this.#lanes.revokeAll();
    this.#hooks.onRebalance(this.#options.group, "lost", this.#owned.size);
    this.#owned = new Map();
    this.#end.resolve({ reason: "fenced", error });
  }

  async #commit({ topic, partition, offset }: IncomingMessage): Promise<void> {
    if (this.#fenced) throw new Error(`${topic}[${partition}] is another member's now`);
    const leaderEpoch = this.#epochs.get(`${topic}/${partition}`) ?? -1;
    const commit = this.#consumer.commit({
      offsets: [{ topic, partition, offset: offset + 1n, leaderEpoch }],
    });
    await withDeadline(commit, settings.commitDeadlineMs, `committing ${topic}[${partition}]`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    // Fenced, there is nothing to wait for: no commit is to get through any more.
    if (this.#fenced) await this.#leave();
    await this.#lanes.close();
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const left = this.#consumer.close(true);
    await withDeadline(left, settings.closeDeadlineMs, "closing the consumer").catch(() => {});
  }
}
