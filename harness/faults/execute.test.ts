import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { FaultRecord } from "../report/record.ts";
import { Ledger, openFaults, readLedger } from "../runtime/ledger.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { ManualClock } from "../util/testing/manual-clock.ts";
import { executeFault } from "./execute.ts";
import type { Fault } from "./fault.ts";

/** A fault whose world is a variable. */
class FakeFault implements Fault {
  readonly kind = "break";
  readonly target = { description: "the thing", resolve: async () => ({ nodes: ["thing-1"], links: [] }) };
  readonly calls: string[] = [];
  broken = false;
  async inject() {
    this.calls.push("inject");
    this.broken = true;
  }
  async probe() {
    if (!this.broken) throw new Error("it works");
    return "it is broken";
  }
  async heal() {
    this.calls.push("heal");
    this.broken = false;
  }
  async probeHealed() {
    if (this.broken) throw new Error("still broken");
    return "it works";
  }
}

describe("executing a fault", () => {
  let folder: string;
  let ledger: Ledger;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "execute-test-"));
    ledger = new Ledger(join(folder, "ledger"));
  });
  afterEach(() => {
    ledger[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  const restarted: string[] = [];
  const topology = {
    node: (name: string) => ({
      kill: async () => void restarted.push(`kill ${name}`),
      start: async () => void restarted.push(`start ${name}`),
    }),
  } as unknown as RunningTopology;

  async function execute(fault: Fault, signal = new AbortController().signal): Promise<FaultRecord> {
    const clock = new ManualClock();
    return executeFault(
      "fault-1",
      { fault, atMs: 0, forMs: 8_000 },
      {
        topology,
        random: () => 0,
        ledger,
        clock,
        now: () => clock.now() * 1e6,
        signal,
        onProgress: () => {},
      },
    );
  }

  it("injects, proves, waits, heals and proves again", async () => {
    const fault = new FakeFault();
    const record = await execute(fault);
    expect(fault.calls).to.deep.equal(["inject", "heal"]);
    expect(record).to.deep.include({
      nodes: ["thing-1"],
      injectedAt: 0,
      proof: "it is broken",
      healedAt: 8e9,
      healProof: "it works",
      escalations: [],
    });
    expect(openFaults(readLedger(ledger.path))).to.deep.equal([]);
  });

  it("has the fault in the ledger before it is injected", async () => {
    const fault = new FakeFault();
    let open: string[] = [];
    fault.inject = async () => {
      fault.broken = true;
      open = openFaults(readLedger(ledger.path));
    };
    await execute(fault);
    expect(open).to.deep.equal(["fault-1"]);
  });

  it("says so when the target cannot be resolved, and injects nothing", async () => {
    const fault = new FakeFault();
    fault.target.resolve = () => Promise.reject(new Error("no leader"));
    const record = await execute(fault);
    expect(record.error).to.equal("the target could not be resolved: no leader");
    expect(fault.calls).to.deep.equal([]);
  });

  it("says so when the injection fails, and heals all the same", async () => {
    const fault = new FakeFault();
    fault.inject = () => Promise.reject(new Error("permission denied"));
    const record = await execute(fault);
    expect(record.error).to.equal("not proven: permission denied");
    expect(record.provenAt).to.equal(undefined);
    expect(fault.calls).to.deep.equal(["heal"]);
  });

  it("restarts the nodes when healing fails, and says that it did", async () => {
    restarted.length = 0;
    const fault = new FakeFault();
    fault.heal = async () => {
      fault.broken = false;
      throw new Error("the proxy hangs");
    };
    const record = await execute(fault);
    expect(record.escalations).to.deep.equal(["heal failed (the proxy hangs); restarting thing-1"]);
    expect(restarted).to.deep.equal(["kill thing-1", "start thing-1"]);
    expect(record.healProof).to.equal("it works");
  });

  it("heals at once when the run is interrupted", async () => {
    const controller = new AbortController();
    const fault = new FakeFault();
    const probe = fault.probe.bind(fault);
    fault.probe = async () => {
      controller.abort(new Error("Ctrl-C"));
      return probe();
    };
    const record = await execute(fault, controller.signal);
    expect(record.healedAt).to.equal(0);
    expect(record.healProof).to.equal("it works");
  });
});
