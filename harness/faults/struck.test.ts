import { expect } from "chai";
import type { Node } from "../runtime/node.ts";
import type { RunningTopology } from "../topology/topology.ts";
import type { FaultContext } from "./fault.ts";
import { provenHealthy } from "./healthy.ts";
import { release, strike, struckBy } from "./struck.ts";

describe("faults that overlap on a node", () => {
  const topology = { nodes: [], network: { links: [] } } as unknown as RunningTopology;
  const by = (id: string) => ({ id }) as FaultContext;

  /** A node that counts how often it is started. */
  function aNode(start: () => Promise<void> = async () => {}): Node & { starts: number } {
    const node = {
      name: "stt-1",
      kind: "stt",
      starts: 0,
      resume: async () => {},
      isReady: async () => true,
      start: async () => {
        node.starts++;
        await start();
      },
    };
    return node as unknown as Node & { starts: number };
  }

  it("get it back to work when the last of them is healed", async () => {
    const node = aNode();
    await strike(by("fault-1"), node, async () => {});
    await strike(by("fault-2"), node, async () => {});
    expect(struckBy(node)).to.deep.equal(["fault-1", "fault-2"]);
    await release(by("fault-1"), node);
    expect(node.starts).to.equal(0);
    expect(await provenHealthy(topology, node)).to.equal("stt-1 is still struck by fault-2");
    await release(by("fault-2"), node);
    expect(node.starts).to.equal(1);
    expect(struckBy(node)).to.deep.equal([]);
  });

  it("count it as struck when striking failed: part of it may have been done", async () => {
    const node = aNode();
    await strike(by("fault-1"), node, () => Promise.reject(new Error("no"))).catch(() => {});
    expect(struckBy(node)).to.deep.equal(["fault-1"]);
  });

  it("do not fail to heal because another strikes it while it starts", async () => {
    const node = aNode(async () => {
      await strike(by("fault-2"), node, async () => {});
      throw new Error("it was killed by SIGKILL");
    });
    await strike(by("fault-1"), node, async () => {});
    await release(by("fault-1"), node);
    expect(struckBy(node)).to.deep.equal(["fault-2"]);
  });

  it("fail to heal when it does not start", async () => {
    const node = aNode(() => Promise.reject(new Error("no such database")));
    await strike(by("fault-1"), node, async () => {});
    const failure = await release(by("fault-1"), node).catch((error: unknown) => error);
    expect(failure).to.have.property("message", "no such database");
  });
});
