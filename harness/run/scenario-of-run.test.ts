import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { healed } from "../faults/conditions.ts";
import { kill } from "../faults/kill.ts";
import { after, at, describePlan, type FaultPlan } from "../faults/schedule.ts";
import { leaderOf, node } from "../faults/targets.ts";
import { writtenSchedule } from "../faults/written.ts";
import type { RunRecord } from "../report/record.ts";
import { UsageError } from "../util/errors.ts";
import { transcriptions } from "../workload/transcriptions.ts";
import { loadScenarios } from "./load-scenarios.ts";
import { recheck } from "./recheck.ts";
import { fileOfRun, scenarioOfRun, varied } from "./scenario-of-run.ts";
import { storeRun } from "./testing/stored-run.ts";

const faults = [
  at("4s", kill(leaderOf("orders"))).for("2s"),
  after(healed(1), kill(node("stt-1"))).for("1s"),
];
const plans = (list: readonly FaultPlan[]) => list.flatMap(describePlan);

describe("the scenario of a stored run", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scenario-of-run-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const stored = async (changes: Partial<RunRecord>) =>
    (await storeRun(folder, (record) => ({ ...record, ...changes }))).record;
  const schedule = writtenSchedule(faults) ?? [];

  it("has the faults of the run, not of the file", async () => {
    const record = await stored({ schedule });
    const { scenario } = await scenarioOfRun(record);
    expect(plans(scenario.faults)).to.deep.equal(plans(faults));
    expect(scenario.thresholds.length).to.equal(2);
  });

  it("pins those that struck to what they struck", async () => {
    const record = await stored({ schedule });
    const { scenario } = await scenarioOfRun(record, { pin: true });
    expect(plans(scenario.faults)).to.deep.equal([
      "at 4 s for 2 s: kill leader of orders[0], pinned to kafka-1",
      "after fault 1 is proven healed for 1 s: kill stt-1",
    ]);
  });

  it("judges what the run judged, also when it is checked again", async () => {
    const record = await stored({ variation: { by: "hunt", correctnessOnly: true } });
    expect((await fileOfRun(record)).scenario.thresholds).to.deep.equal([]);
    expect((await recheck(join(folder, "reports", "stored"))).thresholds).to.deep.equal([]);
  });

  it("has the topology that was struck", async () => {
    const file = "scenarios/mutants/acks-1.scenario.ts";
    const [mutant] = await loadScenarios([file]);
    const { scenario } = await fileOfRun(await stored({ variation: { by: "hunt", topologyOf: file } }));
    expect(scenario.topology).to.equal(mutant?.scenario.topology);
  });

  it("has the file's faults where the run could not write its own down, which cannot be pinned", async () => {
    const record = await stored({});
    expect((await scenarioOfRun(record)).scenario.faults).to.deep.equal([]);
    await scenarioOfRun(record, { pin: true }).then(
      () => expect.fail("it was pinned"),
      (error: unknown) => expect(error).to.be.instanceOf(UsageError),
    );
  });

  it("has the rate of the run, or says that there is none", async () => {
    const { scenario } = await fileOfRun(await stored({}));
    const faster = { ...scenario, workload: transcriptions({ rate: 8, stomp: 0.5 }) };
    const { workload } = varied(faster, { rate: 2 });
    expect(workload.description)
      .to.contain("2 recordings a second")
      .and.to.contain("50 % of them over STOMP");
    expect(() => varied(scenario, { rate: 2 })).to.throw(UsageError, "no rate");
  });
});
