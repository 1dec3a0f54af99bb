import { z } from "zod";
import { withDeadline } from "../telemetry/clock.ts";
import {
  type ConfluentBatch,
  type ConfluentConsumer,
  type ConfluentTopicPartition,
  type RebalanceControls,
  rebalanceCodes,
  type Settings,
} from "./confluent-library.ts";
import { libraryLogger } from "./confluent-logger.ts";
import type { MessagingHooks } from "./hooks.ts";
import { fromRaw } from "./incoming.ts";
import type { ClientOptions } from "./kafka-client.ts";
import type { IncomingMessage, SubscribeOptions } from "./messaging.ts";
import { laneHandling, PartitionLanes } from "./partition-lanes.ts";
import { settings } from "./settings.ts";
import type { ConsumerSession, SessionEnd } from "./supervised-subscription.ts";

const statisticsEveryMs = 1_000;

/** The part of librdkafka's statistics that is used (STATISTICS.md there). */
const statistics = z.object({ cgrp: z.object({ join_state: z.string() }).optional() });

/**
 * A consumer in a group of the new protocol (KIP-848). The library waits for a rebalance's callback, so a partition is given
 * up only when the message at hand was handled and committed. It rejoins by itself, also after it was fenced, and never ends.
 */
export class ConfluentSession implements ConsumerSession {
  readonly #options: SubscribeOptions;
  readonly #hooks: MessagingHooks;
  readonly #consumer: ConfluentConsumer;
  readonly #lanes: PartitionLanes;
  #joinState = "init";
  #partitions = 0;
  #closed = false;

  /** It ends with its owner only. */
  readonly ended: Promise<SessionEnd> = new Promise(() => {});

  constructor(
    kafka: { consumer(settings: Settings): ConfluentConsumer },
    options: SubscribeOptions,
    { hooks, logger }: ClientOptions,
  ) {
    this.#options = options;
    this.#hooks = hooks;
    this.#consumer = kafka.consumer({
      kafkaJS: {
        groupId: options.group,
        fromBeginning: true,
        autoCommit: false,
        allowAutoTopicCreation: false,
        maxWaitTimeInMs: settings.maxWaitMs,
        maxBytesPerPartition: settings.maxBytesPerPartition,
        logger: libraryLogger(logger, (error) => hooks.onClientError("consumer", error)),
      },
      "group.protocol": "consumer",
      "js.consumer.max.batch.size": -1,
      "statistics.interval.ms": statisticsEveryMs,
      stats_cb: ({ message }: { message: string }) => {
        this.#joinState = statistics.parse(JSON.parse(message)).cgrp?.join_state ?? "init";
      },
      rebalance_cb: (
        event: { code: number },
        partitions: ConfluentTopicPartition[],
        controls: RebalanceControls,
      ) => this.#onRebalance(event.code, partitions, controls.assignmentLost()),
    });
    this.#lanes = new PartitionLanes({
      ...laneHandling(options, hooks),
      commit: (message) => this.#commit(message),
      onPressure: (high) => {
        if (this.#closed) return;
        const topics = options.topics.map((topic) => ({ topic }));
        if (high) this.#consumer.pause(topics);
        else this.#consumer.resume(topics);
      },
    });
  }

  joined(): boolean {
    return !this.#closed && this.#joinState === "steady";
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics] });
    await this.#consumer.run({ partitionsConsumedConcurrently: 1, eachBatch: (batch) => this.#take(batch) });
  }

  /** Hands the batch to the lanes, and counts it as taken, also when they ask for a pause in the midst of it. */
  async #take({ batch, isStale, resolveOffset }: ConfluentBatch): Promise<void> {
    const { topic, partition, messages } = batch;
    if (isStale()) return;
    for (const message of messages) this.#lanes.push(fromRaw(topic, partition, message));
    const last = messages.at(-1);
    if (last) resolveOffset(last.offset);
  }

  async #onRebalance(code: number, partitions: ConfluentTopicPartition[], lost: boolean): Promise<void> {
    const { group } = this.#options;
    if (code === rebalanceCodes.assign) {
      this.#partitions += partitions.length;
      this.#hooks.onRebalance(group, "assigned", partitions.length);
    } else {
      if (!lost) await this.#lanes.hold(settings.handOverMs);
      this.#lanes.revoke(partitions);
      this.#lanes.release();
      this.#partitions -= partitions.length;
      this.#hooks.onRebalance(group, lost ? "lost" : "revoked", partitions.length);
    }
    this.#hooks.onPartitions(group, this.#partitions);
  }

  async #commit({ topic, partition, offset }: IncomingMessage): Promise<void> {
    const commit = this.#consumer.commitOffsets([{ topic, partition, offset: String(offset + 1n) }]);
    await withDeadline(commit, settings.commitDeadlineMs, `committing ${topic}[${partition}]`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lanes.close();
    this.#closed = true;
    const closed = this.#consumer.disconnect();
    await withDeadline(closed, settings.closeDeadlineMs, "closing the consumer").catch(() => {});
  }
}
