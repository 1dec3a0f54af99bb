import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Installed } from "../provision/provision.ts";
import type { Node } from "../runtime/node.ts";
import { claimedSlots, slotOwner } from "../runtime/slot.ts";
import type { RunningTopology, Topology, TopologyContext } from "../topology/topology.ts";
import { TestBed, type TopologyRequest } from "./test-bed.ts";

describe("a test bed", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "test-bed-test-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    expect(claimedSlots().filter((slot) => slotOwner(slot)?.runner.pid === process.pid)).to.deep.equal([]);
  });

  /** One node that says hello and stays, or says why it cannot, and its topology. */
  const start = async ({ runtime, signal }: TopologyContext): Promise<RunningTopology> => {
    signal.throwIfAborted();
    const spec = { name: "idle", kind: "idle", address: "127.0.0.1:1", command: process.execPath };
    const node: Node = runtime.add({
      ...spec,
      args: ["-e", 'console.log("hello"); setInterval(() => {}, 1000)'],
      prepare: async () => {},
      ready: async () => readFileSync(node.logFile, "utf8").includes("hello"),
      readyWithin: "8s",
      stopSignal: "SIGTERM",
    });
    await node.start();
    return { nodes: [node], [Symbol.asyncDispose]: () => node.stop() } as unknown as RunningTopology;
  };

  const request = (id: string, signal: AbortSignal): TopologyRequest => ({
    ...{ run: { id: `${id}-${process.pid}`, command: `run ${id}` }, signal, network: "proxy" },
    ...{ topology: { key: "idle", start } as unknown as Topology, installed: {} as Installed },
    ...{ preparations: [], logFolder: join(folder, id), onLost: () => {} },
    step: (_, work) => work(),
  });
  const endless = () => new AbortController().signal;

  it("gives each run its part of the logs and of the ledger, and is known by the latest", async () => {
    await using bed = await TestBed.start(request("first", endless()), { signal: endless() });
    await bed.takeBack();
    bed.lendTo(request("second", endless()));
    bed.ledger.write({ type: "healed", id: "fault-7" });
    await bed.takeBack();
    const read = (run: string, file: string) => readFileSync(join(folder, run, file), "utf8");
    expect(read("first", "idle.log")).to.equal("hello\n");
    expect(read("second", "idle.log")).to.equal("");
    expect(read("first", "ledger.ndjson")).to.contain('"started"').and.not.contain("fault-7");
    expect(read("second", "ledger.ndjson")).to.contain('"run second"').and.contain("fault-7");
    expect(read("second", "ledger.ndjson")).to.not.contain('"started"');
  });

  it("ends with the run that has it, and not with one that had it", async () => {
    const had = new AbortController();
    const has = new AbortController();
    await using bed = await TestBed.start(request("had", had.signal), { signal: endless() });
    await bed.takeBack();
    bed.lendTo(request("has", has.signal));
    const [node] = bed.topology.nodes;
    had.abort();
    await node?.kill();
    await node?.start(); // would refuse
    has.abort(new Error("Ctrl-C"));
    await node?.kill();
    const refused = await node?.start().catch((error: Error) => error.message);
    expect(refused).to.equal("Ctrl-C");
  });

  it("does not start for a run that is being ended, and leaves nothing", async () => {
    const refused = await TestBed.start(request("late", AbortSignal.abort(new Error("Ctrl-C"))), {
      signal: endless(),
    }).catch((error: Error) => error.message);
    expect(refused).to.equal("Ctrl-C");
    expect(existsSync(join(folder, "late", "ledger.ndjson"))).to.equal(true);
  });
});
