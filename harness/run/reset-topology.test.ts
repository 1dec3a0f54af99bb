import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { FaultContext } from "../faults/fault.ts";
import { release, strike } from "../faults/struck.ts";
import { Ledger } from "../runtime/ledger.ts";
import type { Node } from "../runtime/node.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { VirtualClock } from "../util/testing/virtual-clock.ts";
import { resetTopology } from "./reset-topology.ts";

describe("resetting a topology", () => {
  let folder: string;
  let ledger: Ledger;
  /** What each look finds, in turn; after them, nothing. */
  let finds: string[][];
  let emptied: number;
  let links: string | undefined;
  let node: { -readonly [Key in keyof Node]?: Node[Key] };
  let topology: RunningTopology;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "reset-test-"));
    ledger = new Ledger(join(folder, "ledger"));
    finds = [];
    emptied = 0;
    links = undefined;
    node = { name: "stt-1", kind: "stt", state: "running", isReady: async () => true };
    node.resume = async () => {};
    node.start = async () => {};
    topology = {
      nodes: [node],
      network: {
        links: [],
        provenWhole: async () => {
          if (links !== undefined) throw new Error(links);
          return "the links are whole";
        },
      },
      reset: {
        empty: async () => {
          emptied++;
        },
        leftovers: async () => finds.shift() ?? [],
      },
    } as unknown as RunningTopology;
  });
  afterEach(() => {
    ledger[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  const outcome = () =>
    resetTopology(topology, ledger, new AbortController().signal, new VirtualClock()).catch(
      (error: Error) => error.message,
    );

  it("empties it and proves each node, all links, and that nothing is left", async () => {
    expect(await outcome()).to.deep.equal([
      "the links are whole",
      "stt-1 answers its readiness probe",
      "no data is left of earlier runs",
    ]);
    expect(emptied).to.equal(1);
  });

  it("empties it again when something was still under way, and looks until it stays clean", async () => {
    finds = [["1 rows in outbox"], [], ["2 keys in redis-1"]];
    expect(await outcome()).to.be.an("array");
    expect(emptied).to.equal(3);
  });

  it("says what it cannot get rid of", async () => {
    finds = Array.from({ length: 1_000 }, () => ["there is the topic log"]);
    expect(await outcome()).to.match(/there is the topic log$/);
  });

  it("does not wait for what no waiting mends: a node that has ended, or does not run", async () => {
    node.unexpectedExit = "was killed by SIGKILL";
    expect(await outcome()).to.equal("stt-1 ended though nobody asked it to: it was killed by SIGKILL");
    delete node.unexpectedExit;
    node.state = "paused";
    expect(await outcome()).to.equal("stt-1 is paused");
    expect(emptied).to.equal(0);
  });

  it("notices a fault that still holds a node, and one that the ledger has as open", async () => {
    const context = { id: "fault-1" } as FaultContext;
    await strike(context, node as Node, async () => {});
    expect(await outcome()).to.equal("stt-1 is still struck by fault-1");
    await release(context, node as Node);
    ledger.write({ type: "fault", id: "fault-2", fault: "cut", target: "a link", nodes: [] });
    expect(await outcome()).to.equal("not healed: fault-2");
  });

  it("notices links that are not whole, and a node that is not ready", async () => {
    links = "links are still damaged by fault-1";
    expect(await outcome()).to.match(/still damaged by fault-1$/);
    links = undefined;
    node.isReady = async () => false;
    expect(await outcome()).to.match(/stt-1 is not ready$/);
  });
});
