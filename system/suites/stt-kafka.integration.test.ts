import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { messageHeaders } from "../contract/messages.ts";
import { deadLetterTopics, stageTopics } from "../contract/topics.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { readTopics } from "../messaging/read-topics.ts";
import { DagloStub } from "../testing/daglo-stub.ts";
import { newChunk, tokenFor } from "../testing/factory.ts";
import {
  type Client,
  installedClients,
  MessageUsers,
  message,
  newTopic,
} from "../testing/message-users.integration.test.ts";
import { uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { SttUser } from "../testing/stt-user.ts";

describe("SttKafka", () => {
  const servers = useServers();
  let users: MessageUsers;

  beforeEach(() => {
    users = new MessageUsers(() => servers.brokers);
  });
  afterEach(() => users[Symbol.asyncDispose]());

  for (const client of installedClients) {
    describe(`by ${client}`, () => {
      it("keeps order: a key has one partition and one of three consumers, who handles it in order", async () => {
        const messaging = await users.connect(client);
        const topic = await newTopic(messaging, 3);
        const group = uniqueName("group");
        const handled: { readonly consumer: number; readonly message: IncomingMessage }[] = [];
        for (const consumer of [0, 1, 2]) {
          await users.join(await users.connect(client), group, topic, async (one) => {
            handled.push({ consumer, message: one });
          });
        }
        const consumersNow = () =>
          new Set([0, 1, 2].map((p) => handled.findLast((one) => one.message.partition === p)?.consumer));
        const keys = Array.from({ length: 12 }, (_, n) => `key-${n}`);
        const sharedOut = async () => {
          await messaging.publish(keys.map((key) => message(topic, { key, value: "warm-up" })));
          return consumersNow().size === 3 && !consumersNow().has(undefined);
        };
        await until(sharedOut, "each consumer has a partition").every("100ms").atMost("30s");

        const turns = Array.from({ length: 50 }, (_, n) => String(n));
        await Promise.all(
          turns.map((value) => messaging.publish(keys.map((key) => message(topic, { key, value })))),
        );
        const measured = () => handled.filter(({ message: { value } }) => value !== "warm-up");
        await until(() => measured().length >= keys.length * turns.length, "all have come").atMost("20s");
        for (const key of keys) {
          const ofKey = measured().filter((one) => one.message.key === key);
          expect(
            ofKey.map((one) => one.message.value),
            key,
          ).to.deep.equal(turns);
          expect(new Set(ofKey.map((one) => one.message.partition)).size, "partitions").to.equal(1);
          expect(new Set(ofKey.map(({ consumer }) => consumer)).size, "consumers").to.equal(1);
        }
        expect(new Set(measured().map(({ consumer }) => consumer)).size, "all three worked").to.equal(3);
      });

      it("carries 1000 messages within the document's 30 s, and loses none", async () => {
        const messaging = await users.connect(client);
        const topic = await newTopic(messaging, 3);
        const member = await users.join(messaging, uniqueName("group"), topic);
        const sent = Array.from({ length: 1_000 }, (_, n) =>
          message(topic, { key: `key-${n % 50}`, value: String(n) }),
        );
        const batches = Array.from({ length: 20 }, (_, n) => sent.slice(n * 50, n * 50 + 50));
        const begun = performance.now();
        await Promise.all(batches.map((batch) => messaging.publish(batch)));
        await until(() => member.handled.length >= sent.length, "all have come")
          .every("5ms")
          .atMost("30s");
        const seconds = (performance.now() - begun) / 1_000;
        console.log(`        ${(sent.length / seconds).toFixed(0)} messages a second, published and handled`);
        expect(
          member
            .values()
            .map(Number)
            .toSorted((a, b) => a - b),
        ).to.deep.equal([...sent.keys()]);
      });
    });
  }

  it("commits by hand: what a consumer had not finished when it died, its successor gets", async () => {
    const handOver = async (client: Client) => {
      const messaging = await users.connect(client);
      const topic = await newTopic(messaging, 1);
      const group = uniqueName("group");
      await messaging.publish(["0", "1", "2"].map((value) => message(topic, { value })));
      const doomed = await users.startProcess({ kafka: users.kafka(client), group, topic, holdAt: "1" });
      await until(() => doomed.told("begun").includes("1"), `${client}: it is at the message`).atMost("20s");
      expect(await users.committed(group, topic), `${client}: not past it`).to.be.at.most(1);
      doomed.signal("SIGKILL");

      const successor = await users.join(messaging, group, topic);
      await until(() => successor.values().includes("2"), `${client}: it is at the end`).atMost("20s");
      // "0" may have been committed or not; "1" was not handled, and must come.
      expect(successor.values().slice(-2), client).to.deep.equal(["1", "2"]);
      const committed = async () => (await users.committed(group, topic)) === 3;
      await until(committed, `${client}: all is committed`).atMost("10s");
    };
    await Promise.all(installedClients.map(handOver)); // at once, for each waits until the group has noticed the death
  });

  it("keeps what a stage gives up on as a dead letter, which says where it came from; the next goes on", async () => {
    const { running, brokers } = servers;
    const daglo = new DagloStub(running.upstreamUrl);
    const token = await tokenFor("alice", running.jwtSecret);
    const alice = new SttUser(running.services[0]?.baseUrl ?? "", token);
    const isIn = (id: string, status: string) =>
      until(async () => (await alice.status(id)).status === status, `${id} is ${status}`).atMost("20s");
    const [refused, taken] = [await alice.start(), await alice.start()];
    for (const id of [refused, taken]) await alice.send(id, 0, newChunk(), true);
    for (const id of [refused, taken]) await isIn(id, "ENCODED");
    await daglo.refuse(refused, 400);
    for (const id of [refused, taken]) await alice.convert(id);
    await isIn(refused, "FAILED");
    await isIn(taken, "COMPLETED");

    const read = async (topic: string, id: string) => {
      const all = await Array.fromAsync(readTopics({ brokers }, [topic]));
      return all.filter(({ key }) => key === id);
    };
    const letters = await until(async () => {
      const found = await read(deadLetterTopics.processing, refused);
      return found.length > 0 && found;
    }, "the dead letter is there").atMost("10s");
    const [origin] = await read(stageTopics.processing, refused);
    expect(letters).to.have.length(1);
    expect(letters[0]).to.deep.include({ value: origin?.value, partition: origin?.partition });
    expect(letters[0]?.headers).to.include({
      [messageHeaders.originTopic]: stageTopics.processing,
      [messageHeaders.originPartition]: String(origin?.partition),
      [messageHeaders.originOffset]: String(origin?.offset),
      [messageHeaders.attempt]: "0",
    });
    expect(letters[0]?.headers[messageHeaders.cause]).to.match(/400/);
    expect(await read(deadLetterTopics.processing, taken)).to.deep.equal([]);
  });
});
