import { expect } from "chai";
import type { RunningTopology } from "../topology/topology.ts";
import { UsageError } from "../util/errors.ts";
import type { ResolveContext } from "./fault.ts";
import { bridge, bySite, majorityMinority, oneWay, ring } from "./partition-shapes.ts";
import { node, nodesTarget } from "./targets.ts";

const nodes = ["kafka-1", "kafka-2", "kafka-3", "redis-1", "stt-1"].map((name) => ({
  name,
  kind: name.split("-")[0],
}));
const topology = {
  nodes,
  node: (name: string) => {
    const found = nodes.find((one) => one.name === name);
    if (!found) throw new UsageError(`there is no node ${name}`);
    return found;
  },
} as unknown as RunningTopology;
const context: ResolveContext = { topology, random: () => 0.5 };
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(String, (error) => error.message);

describe("shapes of partitions", () => {
  it("read as they are written", () => {
    expect(majorityMinority().description).to.equal("kafka");
    expect(bridge(node("kafka-2")).description).to.equal("over kafka-2");
    expect(ring("redis").description).to.equal("redis");
    expect(oneWay(node("kafka-1"), node("kafka-2")).description).to.equal("kafka-1 to kafka-2");
    expect(bySite({ a: ["stt-1"], b: ["redis-1"] }).description).to.equal("a (stt-1) from b (redis-1)");
  });

  it("the nodes of the minority are those cut off; they are of one kind and drawn", async () => {
    const { cutOff, pairs } = await majorityMinority().resolve(context);
    expect(cutOff).to.deep.equal(["kafka-2"]);
    expect(pairs).to.have.lengthOf(4);
  });

  it("a bridge is among the nodes of its kind", async () => {
    const { pairs } = await bridge(node("kafka-2")).resolve(context);
    expect(pairs).to.deep.equal([
      { from: "kafka-1", to: "kafka-3" },
      { from: "kafka-3", to: "kafka-1" },
    ]);
  });

  it("sites may have targets among their members, which are resolved when it strikes", async () => {
    const broker = nodesTarget("the leader", async () => ["kafka-2"]);
    const shape = bySite({ a: ["stt-1"], b: [broker, "redis-1"] });
    expect(shape.description).to.equal("a (stt-1) from b (the leader, redis-1)");
    const { pairs } = await shape.resolve(context);
    expect(pairs.map(({ from, to }) => `${from} ${to}`)).to.deep.equal([
      "stt-1 kafka-2",
      "stt-1 redis-1",
      "kafka-2 stt-1",
      "redis-1 stt-1",
    ]);
    expect(await rejection(bySite({ a: ["kafka-2"], b: [broker] }).resolve(context))).to.contain(
      "kafka-2 is in two sites",
    );
  });

  it("refuse what makes no sense", async () => {
    const all = nodesTarget("all brokers", async () => ["kafka-1", "kafka-2"]);
    expect(await rejection(bridge(all).resolve(context))).to.contain("all brokers is 2 nodes");
    expect(await rejection(ring().resolve(context))).to.contain("a ring needs at least 4 nodes");
    expect(await rejection(bySite({ a: ["stt-9"], b: ["stt-1"] }).resolve(context))).to.contain("stt-9");
    expect(() => bySite({ a: ["stt-1"], b: ["stt-1"] })).to.throw("stt-1 is in two sites");
  });
});
