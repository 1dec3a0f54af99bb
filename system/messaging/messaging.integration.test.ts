import { Worker } from "node:worker_threads";
import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import type { KafkaConfig } from "../config.ts";
import type { DoomedConsumer } from "../testing/doomed-consumer.ts";
import { silent, uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { createMessaging } from "./create.ts";
import {
  type IncomingMessage,
  type MessageHandler,
  type Messaging,
  type OutgoingMessage,
  PublishError,
} from "./messaging.ts";

const clients = ["platformatic", "kafkajs"] as const;
type Client = (typeof clients)[number];

/** Numbers from Kafka's own tests of its murmur2 (org.apache.kafka.common.utils.UtilsTest). */
const murmur2OfKafka: Readonly<Record<string, number>> = {
  "21": -973932308,
  foobar: -790332482,
  "a-little-bit-long-string": -985981536,
  "a-little-bit-longer-string": -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

describe("messaging over Kafka", () => {
  const servers = useServers();
  let resources: AsyncDisposableStack;
  let failures: string[];

  beforeEach(() => {
    resources = new AsyncDisposableStack();
    failures = [];
  });
  afterEach(() => resources.disposeAsync());

  const kafka = (client: Client): KafkaConfig => ({
    client,
    brokers: servers.brokers,
    acks: "all",
    idempotent: true,
  });

  const connect = (client: Client): Messaging =>
    resources.use(
      createMessaging(kafka(client), uniqueName("test"), silent, {
        onFailure: (message) => failures.push(message.value),
        onCommitFailure: () => {},
      }),
    );

  async function newTopic(messaging: Messaging, partitions: number): Promise<string> {
    const topic = uniqueName("topic");
    await messaging.ensureTopics([{ name: topic, partitions }]);
    return topic;
  }

  /** A member of a group: what it has handled, in order. It is a member when this resolves. */
  async function join(messaging: Messaging, group: string, topic: string, handler?: MessageHandler) {
    const handled: IncomingMessage[] = [];
    const subscription = await messaging.subscribe({
      group,
      topics: [topic],
      handler: async (message, signal) => {
        await handler?.(message, signal);
        handled.push(message);
      },
    });
    let left: Promise<void> | undefined;
    const member = {
      handled,
      values: () => handled.map(({ value }) => value),
      /** Leaves the group; once. */
      leave: () => {
        left ??= Promise.resolve(subscription[Symbol.asyncDispose]());
        return left;
      },
    };
    resources.defer(member.leave);
    await until(() => subscription.joined(), "the consumer has joined its group").atMost("20s");
    return member;
  }

  for (const client of clients) {
    describe(`by ${client}`, () => {
      let messaging: Messaging;
      beforeEach(() => {
        messaging = connect(client);
      });

      it("creates topics once when several instances start at once", async () => {
        const specs = [1, 2, 3].map(() => ({ name: uniqueName("topic"), partitions: 3 }));
        const instances = [messaging, connect(client), connect(client), connect(client)];
        await Promise.all(instances.map((instance) => instance.ensureTopics(specs)));
        const topics = new Set(specs.map(({ name }) => name));
        const made = (await servers.running.kafka.partitions()).filter(({ topic }) => topics.has(topic));
        expect(made).to.have.length(9);
        // All of them know the topics' partitions now.
        await Promise.all(
          instances.map((instance) => instance.publish([...topics].map((topic) => message(topic)))),
        );
      });

      it("puts a key where Kafka's own clients put it, with all that belongs to the message", async () => {
        const topic = await newTopic(messaging, 3);
        const sent = Object.keys(murmur2OfKafka).map((key) =>
          message(topic, { key, value: `{"words":"${key} äöü"}`, headers: { attempt: "7", cause: "süß" } }),
        );
        await messaging.publish(sent);
        const member = await join(messaging, uniqueName("group"), topic);
        await until(() => member.handled.length >= sent.length, "all have come").atMost("10s");
        const received = new Map(member.handled.map((one) => [one.key, one]));
        for (const one of sent) {
          const partition = ((murmur2OfKafka[one.key] ?? Number.NaN) & 0x7fffffff) % 3;
          expect(received.get(one.key)).to.deep.include({ ...one, partition });
        }
      });

      it("keeps the messages of a key in order, over many publishes at once", async () => {
        const topic = await newTopic(messaging, 3);
        const keys = ["a", "b", "c", "d", "e"];
        const publishes = Array.from({ length: 20 }, (_, turn) =>
          messaging.publish(
            keys.flatMap((key) => [0, 1, 2].map((n) => message(topic, { key, value: `${turn * 3 + n}` }))),
          ),
        );
        const member = await join(messaging, uniqueName("group"), topic);
        await Promise.all(publishes);
        await until(() => member.handled.length >= 300, "all have come").atMost("10s");
        const inOrder = Array.from({ length: 60 }, (_, n) => `${n}`);
        for (const key of keys) {
          const values = member.handled.filter((one) => one.key === key).map(({ value }) => value);
          expect(values, key).to.deep.equal(inOrder);
        }
      });

      it("hands a message over again when its handler failed, before the next one", async () => {
        const topic = await newTopic(messaging, 1);
        const seen: string[] = [];
        const member = await join(messaging, uniqueName("group"), topic, async ({ value }) => {
          seen.push(value);
          if (value === "1" && seen.length < 4) throw new Error("not yet");
        });
        await messaging.publish(["0", "1", "2"].map((value) => message(topic, { value })));
        await until(() => member.handled.length >= 3, "all have been handled").atMost("10s");
        expect(seen).to.deep.equal(["0", "1", "1", "1", "2"]);
        expect(failures).to.deep.equal(["1", "1"]);
      });

      it("gives the next member what was not handled, and nothing that was, after a clean end", async () => {
        const topic = await newTopic(messaging, 1);
        const group = uniqueName("group");
        const reachedTwo = Promise.withResolvers<void>();
        const first = await join(messaging, group, topic, async ({ value }, signal) => {
          if (value !== "2") return;
          reachedTwo.resolve();
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        });
        await messaging.publish(["0", "1", "2", "3"].map((value) => message(topic, { value })));
        await reachedTwo.promise;
        await first.leave();
        expect(first.values()).to.deep.equal(["0", "1"]);

        const second = await join(connect(client), group, topic);
        await until(() => second.handled.length >= 2, "the rest has come").atMost("10s");
        await second.leave();

        // All is committed now: the third member's first message is the next one that is published.
        await messaging.publish([message(topic, { value: "4" })]);
        const third = await join(connect(client), group, topic);
        await until(() => third.handled.length >= 1, "the new message has come").atMost("10s");
        expect([second.values(), third.values()]).to.deep.equal([["2", "3"], ["4"]]);
      });

      it("finishes and commits the message at hand when it closes", async () => {
        const topic = await newTopic(messaging, 1);
        const group = uniqueName("group");
        const begun = Promise.withResolvers<void>();
        const finish = Promise.withResolvers<void>();
        const first = await join(messaging, group, topic, async () => {
          begun.resolve();
          await finish.promise;
        });
        await messaging.publish([message(topic, { value: "at hand" })]);
        await begun.promise;
        const left = first.leave();
        finish.resolve();
        await left;
        expect(first.values()).to.deep.equal(["at hand"]);

        await messaging.publish([message(topic, { value: "next" })]);
        const second = await join(connect(client), group, topic);
        await until(() => second.handled.length >= 1, "the next message has come").atMost("10s");
        expect(second.values()).to.deep.equal(["next"]);
      });

      it("skips nothing while members come and go", async () => {
        const topic = await newTopic(messaging, 3);
        const group = uniqueName("group");
        const keys = ["a", "b", "c", "d", "e", "f"];
        let published = 0;
        const publishMore = async () => {
          const value = String(published++);
          await messaging.publish(keys.map((key) => message(topic, { key, value })));
        };
        const first = await join(messaging, group, topic);
        const everything = new Map(keys.map((key) => [key, new Set<string>()]));
        const members = [first];
        const publishUntil = async (done: () => boolean, what: string) => {
          const step = async () => {
            await publishMore();
            return done();
          };
          await until(step, what).every("10ms").atMost("20s");
        };
        await publishUntil(() => first.handled.length >= 30, "the first member works");
        const second = await join(connect(client), group, topic);
        members.push(second);
        await publishUntil(() => second.handled.length >= 30, "the second member works too");
        await first.leave();
        const partitions = () => new Set(second.handled.slice(-60).map(({ partition }) => partition));
        await publishUntil(() => partitions().size === 3, "the second member has all partitions");
        const complete = () => {
          for (const { key, value } of members.flatMap(({ handled }) => handled))
            everything.get(key)?.add(value);
          return [...everything.values()].every((values) => values.size === published);
        };
        await until(complete, "every message has been handled by someone").atMost("10s");
      });

      it("lets no member fall silent when two join at once under steady commits", async () => {
        const topics = await Promise.all([1, 2, 3].map(() => newTopic(messaging, 3)));
        const second = connect(client);
        await second.ensureTopics(topics.map((name) => ({ name, partitions: 3 })));
        const group = uniqueName("group");
        // Steady commits while they join: that is what the members used to trip over.
        let published = 0;
        const publishing = new AbortController();
        const publisher = until(async () => {
          const topic = topics[published % topics.length] ?? "";
          await messaging.publish([message(topic, { key: String(published), value: String(published++) })]);
          return false;
        }, "the test has ended")
          .every("25ms")
          .unless(publishing.signal)
          .atMost("60s")
          .catch(() => {});
        const heard = [0, 0];
        const join = async (member: Messaging, index: number) => {
          const subscription = await member.subscribe({
            group,
            topics,
            handler: async () => {
              heard[index] = (heard[index] ?? 0) + 1;
            },
          });
          resources.use(subscription);
          await until(() => subscription.joined(), "the consumer has joined its group").atMost("20s");
        };
        await Promise.all([join(messaging, 0), join(second, 1)]);
        // Over several heartbeats: silence shows only after the partitions were shared out.
        for (const round of [1, 2, 3, 4]) {
          const before = [...heard];
          const bothHeard = () => heard.every((count, index) => count >= (before[index] ?? 0) + 15);
          await until(bothHeard, `both members have heard 15 messages in round ${round}`).atMost("15s");
        }
        publishing.abort();
        await publisher;
      });
    });
  }

  // The slow ones, for all clients at once.

  it("gives the next member what one that was killed had not committed", async () => {
    const handOver = async (client: Client) => {
      const messaging = connect(client);
      const topic = await newTopic(messaging, 1);
      const group = uniqueName("group");
      await messaging.publish(["0", "1", "2"].map((value) => message(topic, { value })));
      const workerData: DoomedConsumer = { kafka: kafka(client), group, topic, stopAt: "1" };
      const doomed = new Worker(new URL("../testing/doomed-consumer.ts", import.meta.url), { workerData });
      resources.defer(async () => {
        await doomed.terminate();
      });
      const begun: unknown[] = [];
      doomed.on("message", (value) => begun.push(value));
      await until(() => begun.length >= 2, "the doomed consumer is at its last message").atMost("20s");
      await doomed.terminate();
      expect(begun).to.deep.equal(["0", "1"]);

      const next = await join(messaging, group, topic);
      await until(() => next.values().includes("2"), "the next member has come to the end").atMost("20s");
      // "0" may have been committed or not; "1" was not handled, and must come.
      expect(next.values().slice(-2), client).to.deep.equal(["1", "2"]);
    };
    await Promise.all(clients.map(handOver));
  });

  it("without a broker, refuses by its deadline and names the messages; goes on when it is back", async () => {
    const endpoints = await Promise.all(
      clients.map(async (client) => {
        const messaging = connect(client);
        const topic = await newTopic(messaging, 3);
        const member = await join(messaging, uniqueName("group"), topic);
        await messaging.publish([message(topic, { value: "before" })]);
        return { client, messaging, topic, member };
      }),
    );
    {
      await using _cut = await servers.cut("kafka-1");
      const refusals = endpoints.map(async ({ client, messaging, topic }) => {
        const sent = ["a", "b", "c"].map((key) => message(topic, { key, value: "during" }));
        const start = performance.now();
        const error: unknown = await messaging.publish(sent).catch((reason: unknown) => reason);
        if (!(error instanceof PublishError)) throw new Error(`${client}: not a PublishError: ${error}`);
        expect(error.failures.map((failure) => failure.message)).to.have.members(sent);
        expect(performance.now() - start, client).to.be.below(21_000);
        await until(() => !messaging.ready(), `${client} says that it is not ready`).atMost("8s");
      });
      await Promise.all(refusals);
    }
    const recoveries = endpoints.map(async ({ client, messaging, topic, member }) => {
      const publish = () => messaging.publish([message(topic, { value: "after" })]).then(() => true);
      await until(publish, `${client} publishes again`).atMost("20s");
      await until(() => member.values().includes("after"), `${client} consumes again`).atMost("20s");
      expect(member.values()).to.include("before");
      await until(() => messaging.ready(), `${client} says that it is ready`).atMost("8s");
    });
    await Promise.all(recoveries);
  });
});

function message(topic: string, parts: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { topic, key: "key", value: "value", headers: {}, ...parts };
}
