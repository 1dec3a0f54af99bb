import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import {
  type Client,
  installedClients,
  MessageUsers,
  message,
  newTopic,
} from "../testing/message-users.integration.test.ts";
import { uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { PublishError } from "./messaging.ts";

// Slow for what they wait for, so each goes through all clients at once.
describe("messaging over Kafka, in trouble", () => {
  const servers = useServers();
  let users: MessageUsers;

  beforeEach(() => {
    users = new MessageUsers(() => servers.brokers);
  });
  afterEach(() => users[Symbol.asyncDispose]());

  it("lets no member that was stopped for too long commit over the head of the one that replaced it", async () => {
    const outlive = async (client: Client) => {
      const messaging = await users.connect(client);
      const topic = await newTopic(messaging, 1);
      const group = uniqueName("group");
      await messaging.publish(["0", "1", "2", "3"].map((value) => message(topic, { value })));
      const zombie = await users.startProcess({ kafka: users.kafka(client), group, topic, holdAt: "1" });
      await until(() => zombie.told("begun").includes("1"), `${client}: it is at the message`).atMost("20s");
      zombie.signal("SIGSTOP");

      const next = await users.join(messaging, group, topic);
      const taken = async () => (await users.committed(group, topic)) === 4;
      await until(taken, `${client}: the next member has handled and committed all`).atMost("25s");
      // Told while it sleeps: the first thing it does on waking is to finish the message, and to try to commit it.
      await zombie.tell({ finish: true });
      zombie.signal("SIGCONT");
      await until(() => zombie.told("handled").includes("1"), `${client}: it has finished`).atMost("10s");
      const noticed = () =>
        zombie.told("ended").includes("fenced") || zombie.told("rebalance").includes("lost");
      await until(noticed, `${client}: it has noticed`).atMost("20s");
      expect(await users.committed(group, topic), client).to.equal(4);
      expect(next.values().slice(-3), client).to.deep.equal(["1", "2", "3"]);

      // It is of use again: with the other one gone, the next message is its.
      await next.leave();
      await messaging.publish([message(topic, { value: "4" })]);
      await until(() => zombie.told("handled").includes("4"), `${client}: it works again`).atMost("20s");
      await until(async () => (await users.committed(group, topic)) === 5, `${client}: and commits`).atMost(
        "10s",
      );
    };
    await Promise.all(installedClients.map(outlive));
  });

  it("without a broker, refuses by its deadline and names the messages; goes on when it is back", async () => {
    const endpoints = await Promise.all(
      installedClients.map(async (client) => {
        const outcomes: string[] = [];
        const messaging = await users.connect(client, { onPublish: (outcome) => outcomes.push(outcome) });
        const topic = await newTopic(messaging, 3);
        const member = await users.join(messaging, uniqueName("group"), topic);
        await messaging.publish([message(topic, { value: "before" })]);
        return { client, messaging, topic, member, outcomes };
      }),
    );
    {
      await using _cut = await servers.cut("kafka-1");
      const refusals = endpoints.map(async ({ client, messaging, topic, outcomes }) => {
        const sent = ["a", "b", "c"].map((key) => message(topic, { key, value: "during" }));
        const error: unknown = await messaging.publish(sent).catch((reason: unknown) => reason);
        if (!(error instanceof PublishError)) throw new Error(`${client}: not a PublishError: ${error}`);
        expect(error.failures.map((failure) => failure.message)).to.have.members(sent);
        expect(outcomes, client).to.deep.equal(["ok", "failed"]);
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
