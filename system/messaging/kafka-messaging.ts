import pRetry from "p-retry";
import { withDeadline } from "../telemetry/clock.ts";
import type { MessagingHooks } from "./hooks.ts";
import type { KafkaClient } from "./kafka-client.ts";
import type { Messaging, OutgoingMessage, SubscribeOptions, Subscription, TopicSpec } from "./messaging.ts";
import { PartitionSenders } from "./partition-senders.ts";
import { Probe } from "./probe.ts";
import { type PublishDeadlines, settings } from "./settings.ts";
import { SupervisedSubscription } from "./supervised-subscription.ts";

/**
 * Messages over Kafka by any client, with what they have in common: one partition a send and one sender a partition (the
 * settings that lost nothing when brokers were killed, paused and cut off), subscriptions that outlive their consumers.
 */
export class KafkaMessaging implements Messaging {
  readonly #client: KafkaClient;
  readonly #hooks: MessagingHooks;
  readonly #senders: PartitionSenders;
  readonly #partitions = new Map<string, number>();
  readonly #probe: Probe;

  constructor(client: KafkaClient, hooks: MessagingHooks, deadlines: PublishDeadlines) {
    this.#client = client;
    this.#hooks = hooks;
    this.#senders = new PartitionSenders({
      send: (batch) => client.send(batch),
      partitionsOf: (topic) => this.#partitionsOf(topic),
      deadlineMs: deadlines.publishMs,
      stuckAfterMs: deadlines.stuckMs,
      onStuck: () => {
        hooks.onProducerReplaced("stuck");
        client.replaceProducer();
      },
    });
    this.#probe = new Probe(async () => {
      const [topic] = this.#partitions.keys();
      if (topic !== undefined) await client.ask(topic);
    });
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#client.createTopics(specs);
    const topics = specs.map(({ name }) => name);
    // A topic that was just created is not known to every broker at once.
    const patience = { retries: 10, minTimeout: 100, factor: 1.5 };
    for (const [topic, partitions] of await pRetry(() => this.#client.partitionsOf(topics), patience))
      this.#partitions.set(topic, partitions);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const begun = performance.now();
    const report = (outcome: "ok" | "failed") =>
      this.#hooks.onPublish(outcome, (performance.now() - begun) / 1_000);
    try {
      await this.#senders.publish(messages);
      report("ok");
    } catch (error) {
      report("failed");
      throw error;
    }
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    return new SupervisedSubscription(() => this.#client.newSession(options), options.group, this.#hooks);
  }

  ready(): boolean {
    return this.#probe.ok && this.#partitions.size > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe[Symbol.dispose]();
    await withDeadline(this.#senders.settled(), settings.closeDeadlineMs, "the last sends").catch(() => {});
    await this.#client[Symbol.asyncDispose]();
  }

  #partitionsOf(topic: string): number {
    const partitions = this.#partitions.get(topic);
    if (partitions === undefined) throw new Error(`unknown topic ${topic}: ensureTopics has not seen it`);
    return partitions;
  }
}
