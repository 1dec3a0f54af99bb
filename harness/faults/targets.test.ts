import { expect } from "chai";
import fc from "fast-check";
import type { NodeState } from "../runtime/node.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { seededRandom } from "../util/random.ts";
import type { Target } from "./fault.ts";
import {
  all,
  any,
  controller,
  holderOf,
  leaderOf,
  node,
  oneOf,
  others,
  ownerOf,
  redisPrimary,
} from "./targets.ts";

/** A topology of three brokers and two instances, of which some do not run. */
function topologyWith(down: readonly string[] = [], locks: Readonly<Record<string, string>> = {}) {
  const nodes = ["kafka-1", "kafka-2", "kafka-3", "stt-1", "stt-2"].map((name) => ({
    name,
    kind: name.split("-")[0] ?? "",
    state: (down.includes(name) ? "stopped" : "running") satisfies NodeState,
  }));
  return {
    nodes,
    node: (name: string) => {
      const found = nodes.find((one) => one.name === name);
      if (!found) throw new Error(`there is no node ${name}`);
      return found;
    },
    kafka: { leaderOf: async () => 2, controller: async () => 3, ownerOf: async () => "stt-2" },
    redis: {
      primary: async () => "redis-1",
      keys: async () => Object.keys(locks),
      get: async (key: string) => locks[key] ?? null,
    },
  } as unknown as RunningTopology;
}

describe("targets", () => {
  const resolve = async (target: Target, topology = topologyWith(), seed = 1): Promise<readonly string[]> =>
    (await target.resolve({ topology, random: seededRandom(seed) })).nodes;
  const failureOf = (target: Target, topology = topologyWith()) =>
    resolve(target, topology).then(
      () => "none",
      (error: Error) => error.message,
    );

  it("are what they say", async () => {
    expect(await resolve(node("stt-1"))).to.deep.equal(["stt-1"]);
    expect(await resolve(all("stt"))).to.deep.equal(["stt-1", "stt-2"]);
    expect(await resolve(leaderOf("orders"))).to.deep.equal(["kafka-2"]);
    expect(await resolve(controller())).to.deep.equal(["kafka-3"]);
    expect(await resolve(redisPrimary())).to.deep.equal(["redis-1"]);
    expect(await resolve(ownerOf("group", "orders"))).to.deep.equal(["stt-2"]);
    expect(await resolve(others("kafka", leaderOf("orders")))).to.deep.equal(["kafka-1", "kafka-3"]);
  });

  it("read as they are written", () => {
    expect(leaderOf("orders", 2).description).to.equal("leader of orders[2]");
    expect(ownerOf("group", "orders").description).to.equal("owner of orders[0] in group");
    expect(others("kafka", controller()).description).to.equal("every kafka but the controller");
    expect(oneOf(controller(), any("stt")).description).to.equal("one of the controller, any stt");
  });

  it("that are drawn run, are the same for the same seed, and every one is drawn by some", async () => {
    const drawn = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const topology = topologyWith(["kafka-2"]);
        const [name = ""] = await resolve(any("kafka"), topology, seed);
        expect(await resolve(any("kafka"), topology, seed)).to.deep.equal([name]);
        expect(name).to.be.oneOf(["kafka-1", "kafka-3"]);
        drawn.add(name);
      }),
    );
    expect(drawn.size).to.equal(2);
  });

  it("that are not there say so", async () => {
    expect(await failureOf(all("postgres"))).to.equal("the topology has no postgres");
    expect(await failureOf(any("stt"), topologyWith(["stt-1", "stt-2"]))).to.equal("no stt runs");
    expect(await failureOf(node("stt-9"))).to.equal("there is no node stt-9");
  });

  it("find the holder of a lock by its value, and say when nobody holds it or a stranger does", async () => {
    const held = topologyWith([], { "lock:a": "stt-2/0b1c" });
    expect(await resolve(holderOf("lock:*"), held)).to.deep.equal(["stt-2"]);
    expect(await failureOf(holderOf("lock:*"))).to.equal("nobody holds lock:*");
    const strange = topologyWith([], { "lock:a": "somebody" });
    expect(await failureOf(holderOf("lock:*"), strange)).to.equal("there is no node somebody");
  });
});
