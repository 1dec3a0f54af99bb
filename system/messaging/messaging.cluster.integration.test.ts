import { Consumer } from "@platformatic/kafka";
import { AddressPlan } from "../../harness/network/addresses.ts";
import { Toxiproxy } from "../../harness/network/toxiproxy.ts";
import { provision } from "../../harness/provision/provision.ts";
import type { Node } from "../../harness/runtime/node.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { bootstrapServers, kafkaLinks, kafkaNames, kafkaNodes } from "../../harness/topology/kafka.ts";
import { KafkaCluster } from "../../harness/topology/kafka-cluster.ts";
import { toxiproxyNode } from "../../harness/topology/toxiproxy.ts";
import { until } from "../../harness/util/until.ts";
import type { Address } from "../config.ts";
import {
  type Client,
  installedClients,
  MessageUsers,
  message,
  newTopic,
} from "../testing/message-users.integration.test.ts";
import { uniqueName } from "../testing/servers.integration.test.ts";

const client = "harness";

describe("messaging over a cluster of three brokers", () => {
  const cluster = new AsyncDisposableStack();
  let addresses: Address[];
  let first: Node;
  let users: MessageUsers;

  before(async () => {
    const { signal } = new AbortController();
    const installed = await provision(["kafka", "toxiproxy"], { signal, onProgress: () => {} });
    const runtime = cluster.use(
      new ProcessRuntime({ runId: `cluster-tests-${process.pid}`, command: "tests of messaging", signal }),
    );
    const plan = new AddressPlan(runtime.slot, [...kafkaNames(3), "toxiproxy", client]);
    const options = { plan, brokers: 3, clients: [client] };
    const proxyServer = runtime.add(toxiproxyNode(plan, installed.toxiproxy));
    await proxyServer.start();
    const proxies = kafkaLinks(options).flatMap((link) => link.proxies);
    await new Toxiproxy(proxyServer.address).populate(proxies);
    const servers = bootstrapServers(options, client);
    const view = cluster.use(new KafkaCluster(servers));
    const nodes = kafkaNodes(options, installed.kafka, (broker) => view.hasJoined(broker)).map((spec) =>
      runtime.add(spec),
    );
    await Promise.all(nodes.map((node) => node.start()));
    await until(() => view.isComplete(), "all brokers are in the cluster").atMost("60s");
    [first] = nodes as [Node];
    addresses = servers.map((server) => {
      const [host = "", port] = server.split(":");
      return { host, port: Number(port) };
    });
  });
  after(() => cluster.disposeAsync());

  beforeEach(() => {
    users = new MessageUsers(() => addresses);
  });
  afterEach(() => users[Symbol.asyncDispose]());

  /** A group that the first broker coordinates. */
  async function groupOfFirst(): Promise<string> {
    return until(async () => {
      const group = uniqueName("group");
      const consumer = new Consumer({ clientId: "test", groupId: group, bootstrapBrokers: [...addresses] });
      try {
        return (await consumer.findGroupCoordinator()) === 1 && group;
      } finally {
        await consumer.close();
      }
    }, "a group has the first broker for its coordinator").atMost("20s");
  }

  /** Until disposed of, the first of the bootstrap brokers accepts connections and answers nothing. */
  async function pauseFirst(): Promise<AsyncDisposable> {
    await first.pause();
    return { [Symbol.asyncDispose]: () => first.resume() };
  }

  it("goes on consuming when the first bootstrap broker, which coordinates the group, hangs", async () => {
    const running = await Promise.all(
      installedClients.map(async (name: Client) => {
        const connected = await users.connect(name);
        const topic = await until(() => newTopic(connected, 3), `${name} has its topic`).atMost("20s");
        const group = await groupOfFirst();
        const member = await users.join(connected, group, topic);
        await connected.publish([message(topic, { value: "before" })]);
        await until(() => member.values().includes("before"), `${name} consumes`).atMost("20s");
        return { name, connected, topic, group, member };
      }),
    );
    await using _paused = await pauseFirst();
    const goesOn = running.map(async ({ name, connected, topic, group, member }) => {
      const publish = () => connected.publish([message(topic, { value: "during" })]).then(() => true);
      await until(publish, `${name} publishes`).atMost("30s");
      await until(() => member.values().includes("during"), `${name} consumes`).atMost("30s");
      const handled = () =>
        new Set(member.handled.map(({ partition, offset }) => `${partition}:${offset}`)).size;
      const committed = async () => (await users.committed(group, topic)) >= handled();
      await until(committed, `${name} commits`).atMost("30s");
    });
    await Promise.all(goesOn);
  });

  for (const name of installedClients) {
    it(`${name}: begins its work while the first bootstrap broker hangs`, async () => {
      await using _paused = await pauseFirst();
      const connected = await users.connect(name);
      const topic = await until(() => newTopic(connected, 3), "the topic is there").atMost("30s");
      const member = await users.join(connected, uniqueName("group"), topic);
      const publish = () => connected.publish([message(topic, { value: "during" })]).then(() => true);
      await until(publish, "it publishes").atMost("20s");
      await until(() => member.values().includes("during"), "it consumes").atMost("20s");
      await until(() => connected.ready(), "it says that it is ready").atMost("20s");
    });
  }
});
