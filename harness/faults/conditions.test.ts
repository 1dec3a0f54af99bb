import { expect } from "chai";
import type { RunningTopology } from "../topology/topology.ts";
import { type ConditionContext, healed, isrShrunk, proven } from "./conditions.ts";

describe("conditions", () => {
  const fault = { id: "fault-1", fault: "kill", target: "kafka-1", nodes: [], links: [], escalations: [] };
  const withFaults = (...faults: ConditionContext["faults"]) => ({
    topology: {} as RunningTopology,
    faults,
  });

  it("tell a fault that is proven from one that is also proven healed", async () => {
    const none = withFaults(undefined);
    const struck = withFaults({ ...fault, injectedAt: 1, provenAt: 2 });
    const over = withFaults({ ...fault, injectedAt: 1, provenAt: 2, healedAt: 3, healProvenAt: 4 });
    expect([await proven(1).holds(none), await healed(1).holds(none)]).to.deep.equal([false, false]);
    expect([await proven(1).holds(struck), await healed(1).holds(struck)]).to.deep.equal([true, false]);
    expect([await proven(1).holds(over), await healed(1).holds(over)]).to.deep.equal([true, true]);
    expect(await proven(2).holds(over)).to.equal(false);
  });

  it("see an in-sync set that shrinks", async () => {
    const topologyWith = (isr: readonly number[]) =>
      ({
        kafka: { partitions: async () => [{ topic: "orders", isr, replicas: [1, 2, 3] }] },
      }) as unknown as RunningTopology;
    const holds = (topic: string, isr: readonly number[]) =>
      isrShrunk(topic).holds({ topology: topologyWith(isr), faults: [] });
    expect(await holds("orders", [1, 2, 3])).to.equal(false);
    expect(await holds("orders", [1, 2])).to.equal(true);
    expect(await holds("others", [1, 2])).to.equal(false);
  });
});
