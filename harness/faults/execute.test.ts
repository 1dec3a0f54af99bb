import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { expect } from "chai";
import type { FaultRecord } from "../report/record.ts";
import { Ledger, openFaults, readLedger } from "../runtime/ledger.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { ManualClock } from "../util/testing/manual-clock.ts";
import { executeFault } from "./execute.ts";
import type { Escalation, Fault } from "./fault.ts";

/** A fault whose world is a variable. */
class FakeFault implements Fault {
  readonly kind = "break";
  readonly target = { description: "the thing", resolve: async () => ({ nodes: ["thing-1"], links: [] }) };
  readonly calls: string[] = [];
  escalations?: readonly Escalation[];
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
  /** Heals by another way. */
  async mend() {
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
      { fault, forMs: 8_000 },
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
    expect(record.error).to.match(
      /^the target could not be resolved: waited 10\.0 s .*; last error: no leader$/,
    );
    expect(fault.calls).to.deep.equal([]);
  });

  it("finds a target that is not there at once, as in an election", async () => {
    const fault = new FakeFault();
    let tries = 0;
    fault.target.resolve = async () => {
      if (++tries < 3) throw new Error("no leader");
      return { nodes: ["thing-2"], links: [] };
    };
    expect(await execute(fault)).to.deep.include({ nodes: ["thing-2"], proof: "it is broken" });
  });

  it("is not proven when the effect is not seen, and healed all the same", async () => {
    const fault = new FakeFault();
    fault.inject = async () => {}; // installed, without effect
    const record = await execute(fault);
    expect(record.error).to.match(/^not proven: waited 10\.0 s .*; last error: it works$/);
    expect(record).to.not.have.property("provenAt");
    expect(record.healProof).to.equal("it works");
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
    expect(record.escalations).to.deep.equal(["heal failed (the proxy hangs); restart the nodes"]);
    expect(restarted).to.deep.equal(["kill thing-1", "start thing-1"]);
    expect(record.healProof).to.equal("it works");
  });

  it("goes on to the fault's own stronger ways, in their order, until the heal is proven", async () => {
    const fault = new FakeFault();
    const ways: string[] = [];
    const way = (name: string, run: () => Promise<void>) => ({
      name,
      run: async () => {
        ways.push(name);
        await run();
      },
    });
    fault.escalations = [
      way("ask again", () => Promise.reject(new Error("still hangs"))),
      way("restart the server", () => fault.mend()),
      way("restart the world", async () => {}),
    ];
    fault.heal = () => Promise.reject(new Error("the proxy hangs"));
    const record = await execute(fault);
    expect(ways).to.deep.equal(["ask again", "restart the server"]);
    expect(record.escalations).to.deep.equal([
      "heal failed (the proxy hangs); ask again",
      "ask again failed (still hangs); restart the server",
    ]);
    expect(record.healProof).to.equal("it works");
    expect(record.error).to.equal(undefined);
  });

  it("goes on when a way hangs", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const fault = new FakeFault();
      fault.heal = () => {
        setImmediate(() => mock.timers.tick(60_000)); // a minute later
        return new Promise(() => {});
      };
      fault.escalations = [{ name: "restart the server", run: () => fault.mend() }];
      const record = await execute(fault);
      expect(record.escalations).to.deep.equal([
        "heal failed (heal took longer than 1 m 00 s); restart the server",
      ]);
      expect(record.healProof).to.equal("it works");
    } finally {
      mock.timers.reset();
    }
  });

  it("goes on when what was healed is not proven to be", async () => {
    const fault = new FakeFault();
    fault.heal = async () => {}; // says it did, and did not
    fault.escalations = [{ name: "restart the server", run: () => fault.mend() }];
    const record = await execute(fault);
    expect(record.escalations).to.have.lengthOf(1);
    expect(record.escalations[0]).to.match(
      /^not proven healed \(waited 1 m 30 s .*; last error: still broken\); restart the server$/,
    );
    expect(record.healProof).to.equal("it works");
  });

  it("of a run that is being ended tries only the plain heal, and for a moment", async () => {
    const controller = new AbortController();
    const fault = new FakeFault();
    fault.probe = async () => {
      controller.abort(new Error("Ctrl-C"));
      return "it is broken";
    };
    fault.heal = async () => {};
    restarted.length = 0;
    const record = await execute(fault, controller.signal);
    expect(record.error).to.match(/^not proven healed \(waited 5\.0 s /);
    expect(record.escalations).to.deep.equal([]);
    expect(restarted).to.deep.equal([]);
  });

  it("says what failed last when no way heals it, and leaves it open in the ledger", async () => {
    const fault = new FakeFault();
    fault.heal = () => Promise.reject(new Error("the proxy hangs"));
    fault.escalations = [{ name: "ask again", run: () => Promise.reject(new Error("still hangs")) }];
    const record = await execute(fault);
    expect(record.error).to.equal("ask again failed (still hangs)");
    expect(record.healProvenAt).to.equal(undefined);
    expect(openFaults(readLedger(ledger.path))).to.deep.equal(["fault-1"]);
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
