import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Ledger, latestRun, openFaults, readLedger } from "./ledger.ts";

describe("ledger", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ledger-test-"));
    path = join(folder, "ledger.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const fault = { type: "fault", fault: "kill", target: "leader", nodes: ["kafka-2"] } as const;

  it("gives back what was written", () => {
    using ledger = new Ledger(path);
    ledger.write({ type: "starting", node: "kafka-1" });
    ledger.write({ type: "started", node: "kafka-1", pid: 12, startTicks: 34 });
    expect(readLedger(path)).to.deep.equal([
      { type: "starting", node: "kafka-1" },
      { type: "started", node: "kafka-1", pid: 12, startTicks: 34 },
    ]);
  });

  it("leaves out a line torn by a crash", () => {
    using ledger = new Ledger(path);
    ledger.write({ type: "starting", node: "kafka-1" });
    appendFileSync(path, '{"type":"starting","no');
    expect(readLedger(path)).to.deep.equal([{ type: "starting", node: "kafka-1" }]);
  });

  it("knows the faults that were not healed", () => {
    using ledger = new Ledger(path);
    ledger.write({ ...fault, id: "fault-1", nodes: [...fault.nodes] });
    ledger.write({ ...fault, id: "fault-2", nodes: [...fault.nodes] });
    ledger.write({ type: "healed", id: "fault-1" });
    expect(openFaults(readLedger(path))).to.deep.equal(["fault-2"]);
  });

  it("tells the faults of one run from those of the next, which have the same ids", () => {
    using ledger = new Ledger(path);
    ledger.write({ type: "lent", run: "first", command: "run ha" });
    ledger.write({ ...fault, id: "fault-1", nodes: [...fault.nodes] });
    ledger.write({ type: "healed", id: "fault-1" });
    ledger.write({ type: "lent", run: "second", command: "run kafka" });
    ledger.write({ ...fault, id: "fault-1", nodes: [...fault.nodes] });
    expect(openFaults(readLedger(path))).to.deep.equal(["fault-1"]);
    expect(latestRun(readLedger(path))).to.include({ run: "second", command: "run kafka" });
  });
});
