import type { Consumer, Kafka } from "kafkajs";
import { withDeadline } from "../telemetry/clock.ts";
import type { BrokerTurn } from "./broker-turn.ts";
import type { MessagingHooks } from "./hooks.ts";
import { fromRaw } from "./incoming.ts";
import { connectInTurn } from "./kafkajs-connect.ts";
import type { IncomingMessage, SubscribeOptions } from "./messaging.ts";
import { laneHandling, PartitionLanes } from "./partition-lanes.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession, SessionEnd } from "./supervised-subscription.ts";

/**
 * The client's own loop fetches the next batch, and sends heartbeats, only when the last one was handled. So it
 * hands batches to the lanes and goes on; the lanes commit.
 *
 * The client knows only the classic group protocol, and joins again in the moment it hears of a rebalance: the message at
 * hand of a partition that moves is handled by both members, which stages are made for.
 */
export class KafkaJsSession implements ConsumerSession {
  readonly #options: SubscribeOptions;
  readonly #hooks: MessagingHooks;
  readonly #turn: BrokerTurn;
  readonly #consumer: Consumer;
  readonly #lanes: PartitionLanes;
  readonly #end = Promise.withResolvers<SessionEnd>();
  #joined = false;
  #lastHeartbeat = 0;
  #partitions = 0;

  constructor(kafka: Kafka, options: SubscribeOptions, hooks: MessagingHooks, turn: BrokerTurn) {
    this.#options = options;
    this.#hooks = hooks;
    this.#turn = turn;
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
      ...laneHandling(options, hooks),
      commit: (message) => this.#commit(message),
      onPressure: (high) => {
        const topics = options.topics.map((topic) => ({ topic }));
        if (high) this.#consumer.pause(topics);
        else this.#consumer.resume(topics);
      },
    });
    this.#listen();
  }

  get ended(): Promise<SessionEnd> {
    return this.#end.promise;
  }

  joined(): boolean {
    return this.#joined;
  }

  async start(): Promise<void> {
    const { REQUEST_TIMEOUT } = this.#consumer.events;
    await connectInTurn(
      this.#consumer,
      (listener) => this.#consumer.on(REQUEST_TIMEOUT, listener),
      this.#turn,
    );
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, isStale }) => {
        for (const message of batch.messages) {
          if (!isStale()) this.#lanes.push(fromRaw(batch.topic, batch.partition, message));
        }
      },
    });
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH, REQUEST_TIMEOUT } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      // Without a REBALANCING before it, the group had given this member's place away.
      this.#lose(this.#joined ? "lost" : "revoked");
      this.#joined = true;
      this.#lastHeartbeat = performance.now();
      this.#partitions = Object.values(payload.memberAssignment).flat().length;
      this.#hooks.onRebalance(this.#options.group, "assigned", this.#partitions);
      this.#hooks.onPartitions(this.#options.group, this.#partitions);
    });
    this.#consumer.on(REBALANCING, () => {
      this.#joined = false;
      this.#lose("revoked");
    });
    this.#consumer.on(CRASH, ({ payload }) => this.#end.resolve({ reason: "crashed", error: payload.error }));
    this.#consumer.on(HEARTBEAT, () => {
      this.#lastHeartbeat = performance.now();
    });
    this.#consumer.on(REQUEST_TIMEOUT, ({ payload }) => {
      const error = new Error(`${payload.broker} did not answer ${payload.apiName}`);
      this.#hooks.onClientError("consumer", error);
      // Left alone, the client asks a coordinator that hangs for most of a minute before it looks for another.
      const silentMs = performance.now() - this.#lastHeartbeat;
      if (payload.apiName === "Heartbeat" && silentMs > settings.sessionTimeoutMs)
        this.#end.resolve({ reason: "heartbeat-stalled", error });
    });
  }

  #lose(kind: "revoked" | "lost"): void {
    this.#lanes.revokeAll();
    if (this.#partitions > 0) this.#hooks.onRebalance(this.#options.group, kind, this.#partitions);
    this.#partitions = 0;
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
