import { Admin } from "@platformatic/kafka";
import { expect } from "chai";
import { Redis } from "ioredis";
import { standInService } from "../bench/environment.ts";
import type { Link } from "../network/link.ts";
import type { NetworkKind } from "../network/private-network.ts";
import { describeInPrivateNetwork } from "../network/testing/in-private-network.ts";
import { KafkaBrokerView } from "../topology/kafka-broker-view.ts";
import { clusterSide } from "../topology/redis.ts";
import { stt } from "../topology/stt.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { until } from "../util/until.ts";
import type { Fault } from "./fault.ts";
import { isolate } from "./isolate.ts";
import { outcomeOf, provenAtEach } from "./link-probes.ts";
import { partition } from "./partition.ts";
import { bridge, bySite, majorityMinority, oneWay, ring } from "./partition-shapes.ts";
import { leaderOf, node } from "./targets.ts";
import { type During, useFaultBed } from "./testing/fault-bed.ts";

const topic = "parted";

/** Four brokers, so that a ring parts some; stand-ins for the service, because only the links are of interest. */
const parts = stt({ kafka: 4, redis: "sentinel", instances: 2, entry: standInService });

describe("partitions by proxies that hold bytes", () => partitions("proxy"));
describeInPrivateNetwork("partitions by packets dropped", import.meta.url, () => partitions("netns"));

function partitions(network: NetworkKind): void {
  const bed = useFaultBed(parts, [], network);
  before(() => createTopic(bed.topology));

  const strike = (fault: Fault, during: During) => bed.strike(fault, during);

  /** `answered`, `silent` or an error's code; all of a link's ports agree. */
  const outcomeOver = async (link: Link): Promise<string> => {
    const all = await provenAtEach({ topology: bed.topology, links: [link] }, ({ through }) =>
      outcomeOf(through, 1_000),
    );
    return [...new Set(all.split("; "))].join(" or ");
  };
  const outcome = (from: string, to: string) => outcomeOver(bed.topology.network.link(from, to));

  it("isolate: the leader alone with its clients; another leads, whatever the old one says", async () => {
    const record = await strike(
      isolate(leaderOf(topic), { clients: true }),
      async ({ nodes: [old = ""] }) => {
        const number = Number(old.slice("kafka-".length));
        const elected = await until(async () => {
          const leader = await bed.topology.kafka.leaderOf(topic, 0);
          return leader === number ? undefined : leader;
        }, "another leads").atMost("30s");
        expect(await outcome("stt-1", old)).to.equal("answered");
        const [proxy] = bed.topology.network.link("stt-1", old).proxies;
        const stale = new KafkaBrokerView(proxy?.listen ?? "");
        const { partitions } = await stale.ask();
        await stale.close();
        expect(partitions.find((one) => one.topic === topic)?.leader).to.equal(number);
        expect(await bed.topology.kafka.leaderOf(topic, 0)).to.equal(elected);
      },
    );
    expect(record.links).to.have.lengthOf(6);
    expect(record.proof).to.contain("and 9 more likewise");
    expect(record.healProof).to.match(/is ready and in sync on all its \d+ partitions/);
  });

  it("isolate: alone, no client reaches it; the harness does", async () => {
    await strike(isolate(node("kafka-3")), async () => {
      expect(await outcome("stt-1", "kafka-3")).to.equal("silent");
      expect(await outcome("harness", "kafka-3")).to.equal("answered");
      expect(await outcome("stt-1", "kafka-1")).to.equal("answered");
    });
  });

  it("isolate: the primary of Redis; another is elected, and the old one follows it after the heal", async () => {
    const primaries = () => primariesOf(bed.topology);
    await until(async () => (await primaries()).length === 1, "there is a primary").atMost("20s");
    const [old = ""] = await primaries();
    const record = await strike(isolate(node(old), { clients: true }), async () => {
      await until(async () => (await primaries()).some((name) => name !== old), "another is elected").atMost(
        "30s",
      );
      expect(await outcome("stt-1", old)).to.equal("answered");
    });
    if (network === "proxy") {
      expect(record.links).to.deep.equal([`${clusterSide} -> ${old}`]);
      expect(record.proof).to.contain("--network netns");
    } else {
      expect(record.links).to.have.lengthOf(10);
      expect(record.proof).not.to.contain("proxies");
    }
    await until(async () => (await primaries()).length === 1, "there is one primary again").atMost("40s");
  });

  it("majority and minority: the brokers of the majority hear each other", async () => {
    await strike(partition(majorityMinority()), async ({ nodes: [minority = ""] }) => {
      const [a = "", b = ""] = ["kafka-1", "kafka-2", "kafka-3"].filter((name) => name !== minority);
      expect(await outcome(a, minority)).to.equal("silent");
      expect(await outcome(minority, b)).to.equal("silent");
      expect(await outcome(a, b)).to.equal("answered");
    });
  });

  it("bridge: one broker hears both halves", async () => {
    await strike(partition(bridge(node("kafka-4"))), async () => {
      expect(await outcome("kafka-1", "kafka-3")).to.equal("silent");
      expect(await outcome("kafka-1", "kafka-4")).to.equal("answered");
      expect(await outcome("kafka-4", "kafka-3")).to.equal("answered");
    });
  });

  it("ring: brokers hear their neighbours only", async () => {
    await strike(partition(ring()), async () => {
      expect(await outcome("kafka-1", "kafka-3")).to.equal("silent");
      expect(await outcome("kafka-1", "kafka-4")).to.equal("answered");
    });
  });

  it("one way: what the one opens is silent, what the other opens is not", async () => {
    await strike(partition(oneWay(node("kafka-1"), node("kafka-2"))), async () => {
      expect(await outcome("kafka-1", "kafka-2")).to.equal("silent");
      expect(await outcome("kafka-2", "kafka-1")).to.equal("answered");
    });
  });

  it("overlapping: the one that ends first leaves what the other wants silent, and says so", async () => {
    const outer = await strike(isolate(node("kafka-3")), async () => {
      const inner = await strike(partition(oneWay(node("kafka-3"), node("kafka-1"))), async () => {});
      expect(inner.healProof).to.match(/kafka-3 -> kafka-1 is still struck by fault-\d+/);
      expect(inner.healProof).to.match(/kafka-3 is still struck by fault-\d+/);
      expect(await outcome("kafka-3", "kafka-1")).to.equal("silent");
    });
    expect(outer.healProof).not.to.contain("still struck");
  });

  it("by site: each instance reaches the Redis of its own site, and both reach what is in none", async () => {
    const sites = bySite({ a: ["stt-1", "redis-1"], b: ["stt-2", "redis-2"] });
    const record = await strike(partition(sites), async () => {
      expect(await outcome("stt-1", "redis-1")).to.equal("answered");
      expect(await outcome("stt-1", "redis-2")).to.equal("silent");
      expect(await outcome("stt-2", "redis-1")).to.equal("silent");
      expect(await outcome("stt-1", "kafka-1")).to.equal("answered");
      // Of the Redis nodes, packets can be told apart by where they come from; the proxies serve all alike.
      const shared = bed.topology.network.link(clusterSide, "redis-1");
      const fromRedis3 = { ...shared, source: bed.topology.node("redis-3").address.split(":")[0] ?? "" };
      expect(await outcomeOver(fromRedis3)).to.equal(network === "netns" ? "answered" : "silent");
    });
    expect(record.target).to.equal("a (stt-1, redis-1) from b (stt-2, redis-2)");
    const shared =
      network === "netns"
        ? ["redis-1 -> redis-2", "redis-2 -> redis-1"]
        : [`${clusterSide} -> redis-2`, `${clusterSide} -> redis-1`];
    expect(record.links).to.have.members(["stt-1 -> redis-2", "stt-2 -> redis-1", ...shared]);
  });
}

async function createTopic({ endpoints }: RunningTopology): Promise<void> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: (endpoints.kafka ?? "").split(",") });
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 3 });
  await admin.close();
}

/** The Redis servers that hold themselves for the primary. */
async function primariesOf({ nodes }: RunningTopology): Promise<string[]> {
  const servers = nodes.filter(({ kind }) => kind === "redis");
  const roles = await Promise.all(
    servers.map(async ({ name, address }) => {
      const [host = "", port = ""] = address.split(":");
      const client = new Redis({ host, port: Number(port), retryStrategy: () => null });
      client.on("error", () => {});
      const info = await client.info("replication").finally(() => client.disconnect());
      return { name, isPrimary: info.includes("role:master") };
    }),
  );
  return roles.filter(({ isPrimary }) => isPrimary).map(({ name }) => name);
}
