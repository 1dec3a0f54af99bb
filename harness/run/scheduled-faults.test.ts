import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { healed } from "../faults/conditions.ts";
import type { Fault } from "../faults/fault.ts";
import { after, at, type ScheduledFault } from "../faults/schedule.ts";
import { Ledger } from "../runtime/ledger.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { until } from "../util/until.ts";
import { ScheduledFaults } from "./scheduled-faults.ts";

describe("the faults of a run", () => {
  let folder: string;
  let ledger: Ledger;
  let controller: AbortController;
  const steps: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scheduled-faults-test-"));
    ledger = new Ledger(join(folder, "ledger"));
    controller = new AbortController();
    steps.length = 0;
  });
  afterEach(() => {
    ledger[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  /** A fault that only takes notes; its heal may take a while. */
  const noted = (name: string, healing: Promise<void> = Promise.resolve()): Fault => ({
    kind: "note",
    target: { description: name, resolve: async () => ({ nodes: [name], links: [] }) },
    inject: async () => {
      steps.push(`inject ${name}`);
    },
    probe: async () => "noted",
    heal: async () => {
      await healing;
      steps.push(`heal ${name}`);
    },
    probeHealed: async () => "noted",
  });

  const faultsOf = (...schedule: readonly ScheduledFault[]) =>
    new ScheduledFaults(schedule, {
      ...{ seed: 1, file: join(folder, "faults.jsonl"), signal: controller.signal },
      observer: () => {},
    });
  const strike = (faults: ScheduledFaults) => faults.strike({} as RunningTopology, ledger, () => 0, 0);

  it("strike at their time or after their condition, and are written down step by step", async () => {
    const faults = faultsOf(after(healed(2), noted("second")).for(0), at(10, noted("first")).for(0));
    await strike(faults);
    expect(steps).to.deep.equal(["inject first", "heal first", "inject second", "heal second"]);
    const lines = readFileSync(join(folder, "faults.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).to.deep.include({
      ...{ id: "fault-1", after: "fault 2 is proven healed", nodes: ["second"], healProof: "noted" },
    });
  });

  it("are all healed before an interrupted run goes on to tear down", async () => {
    const healing = Promise.withResolvers<void>();
    const faults = faultsOf(
      at(0, noted("lasting", healing.promise)).for("1h"),
      at("1h", noted("never")).for(0),
    );
    const ended = strike(faults).catch((error: unknown) => {
      steps.push("ended");
      return error;
    });
    await until(() => faults.records[0]?.provenAt !== undefined, "it is proven").atMost("5s");
    controller.abort(new Error("Ctrl-C"));
    await until(() => faults.records[0]?.healingAt !== undefined, "it is being healed").atMost("5s");
    healing.resolve();
    expect(await ended).to.have.property("message", "Ctrl-C");
    expect(steps).to.deep.equal(["inject lasting", "heal lasting", "ended"]);
    expect(faults.records).to.have.lengthOf(1);
  });
});
