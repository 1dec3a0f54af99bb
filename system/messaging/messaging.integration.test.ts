import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { ConfigError } from "../config.ts";
import { systemClock } from "../telemetry/clock.ts";
import {
  confluentMissing,
  installedClients,
  MessageUsers,
  message,
  newTopic,
} from "../testing/message-users.integration.test.ts";
import { uniqueName, useServers } from "../testing/servers.integration.test.ts";
import type { Messaging } from "./messaging.ts";

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
  let users: MessageUsers;
  let failures: string[];
  const hooks = { onFailure: ({ value }: { value: string }) => failures.push(value) };

  beforeEach(() => {
    users = new MessageUsers(() => servers.brokers);
    failures = [];
  });
  afterEach(() => users[Symbol.asyncDispose]());

  if (confluentMissing) {
    it("by confluent: UNSUPPORTED HERE, the optional package is not installed; choosing it says so", async () => {
      const error: unknown = await users.connect("confluent").catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ConfigError);
      expect(String(error)).to.match(/npm install @confluentinc\/kafka-javascript/);
    });
  }

  for (const client of installedClients) {
    describe(`by ${client}`, () => {
      let messaging: Messaging;
      beforeEach(async () => {
        messaging = await users.connect(client, hooks);
      });
      const another = () => users.connect(client);

      it("creates topics once when several instances start at once", async () => {
        const specs = [1, 2, 3].map(() => ({ name: uniqueName("topic"), partitions: 3 }));
        const instances = [messaging, ...(await Promise.all([another(), another(), another()]))];
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
        const member = await users.join(messaging, uniqueName("group"), topic);
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
        const member = await users.join(messaging, uniqueName("group"), topic);
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
        const member = await users.join(messaging, uniqueName("group"), topic, async ({ value }) => {
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
        const first = await users.join(messaging, group, topic, async ({ value }, signal) => {
          if (value !== "2") return;
          reachedTwo.resolve();
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        });
        await messaging.publish(["0", "1", "2", "3"].map((value) => message(topic, { value })));
        await reachedTwo.promise;
        await first.leave();
        expect(first.values()).to.deep.equal(["0", "1"]);

        const second = await users.join(await another(), group, topic);
        await until(() => second.handled.length >= 2, "the rest has come").atMost("10s");
        await second.leave();

        // All is committed now: the third member's first message is the next one that is published.
        await messaging.publish([message(topic, { value: "4" })]);
        const third = await users.join(await another(), group, topic);
        await until(() => third.handled.length >= 1, "the new message has come").atMost("10s");
        expect([second.values(), third.values()]).to.deep.equal([["2", "3"], ["4"]]);
      });

      it("finishes and commits the message at hand when it closes", async () => {
        const topic = await newTopic(messaging, 1);
        const group = uniqueName("group");
        const begun = Promise.withResolvers<void>();
        const finish = Promise.withResolvers<void>();
        const first = await users.join(messaging, group, topic, async () => {
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
        const second = await users.join(await another(), group, topic);
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
        const first = await users.join(messaging, group, topic);
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
        const second = await users.join(await another(), group, topic);
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
        const second = await another();
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
        const members = await Promise.all([messaging, second].map((one) => users.join(one, group, topics)));
        // Over several heartbeats: silence shows only after the partitions were shared out.
        for (const round of [1, 2, 3, 4]) {
          const before = members.map(({ handled }) => handled.length);
          const heard = () =>
            members.every(({ handled }, index) => handled.length >= (before[index] ?? 0) + 15);
          await until(heard, `both members have heard 15 messages in round ${round}`).atMost("15s");
        }
        publishing.abort();
        await publisher;
      });

      it("has every message handled once when a member leaves cleanly while another joins", async () => {
        // kafkajs joins the group again in the moment it hears of a rebalance: its messages at hand are handled twice.
        const waits = client !== "kafkajs";
        const topic = await newTopic(messaging, 6);
        const group = uniqueName("group");
        // More comes than is handled, so that every partition has a message at hand when it moves.
        const slowly = () => systemClock.sleep(25);
        const leaving = await users.join(messaging, group, topic, slowly);
        let published = 0;
        const publishMore = async () => {
          const keys = Array.from({ length: 18 }, (_, n) => `key ${n}`);
          await messaging.publish(keys.map((key) => message(topic, { key, value: String(published++) })));
        };
        const publishUntil = async (done: () => boolean, what: string) => {
          const step = async () => {
            await publishMore();
            return done();
          };
          await until(step, what).every("30ms").atMost("20s");
        };
        await publishUntil(() => leaving.handled.length >= 50, "the old member is at work");
        const joining = await users.join(await another(), group, topic, slowly);
        await publishUntil(() => joining.handled.length >= 50, "the new member is at work");
        const left = leaving.leave();
        await publishUntil(() => joining.handled.length >= 150, "the new member has taken over");
        await left;
        const values = () => [...leaving.values(), ...joining.values()];
        await until(() => new Set(values()).size === published, "every message was handled").atMost("20s");
        const twice = values().length - published;
        // One a partition for each move of it, at most.
        expect(twice, "messages handled twice").to.be.at.most(waits ? 0 : 12);
      });
    });
  }
});
