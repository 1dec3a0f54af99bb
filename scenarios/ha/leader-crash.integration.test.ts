import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type RunResult, runScenario } from "../../harness/run/runner.ts";
import type { Scenario } from "../../harness/run/scenario.ts";
import { leaderCrash } from "./leader-crash.scenario.ts";

describe("leader crash, in a short form", () => {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "leader-crash-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  const run = (scenario: Scenario): Promise<RunResult> =>
    runScenario(
      { file: "scenarios/ha/leader-crash.scenario.ts", scenario },
      { reportsFolder: reports, seed: 1, observer: () => {}, signal: new AbortController().signal },
    );

  it("passes, with the fault proven, healed, and a recovery time", async () => {
    const { record, error, folder } = await run(leaderCrash({ rate: 2, steady: "3s", down: "4s" }));
    if (error) throw error;
    expect(record.verdict, record.reasons.join("\n")).to.equal("passed");
    expect(record.phases.map(({ name }) => name)).to.deep.equal([
      "setup",
      "steady",
      "fault",
      "recovery",
      "drain",
    ]);
    const [fault] = record.faults;
    expect(fault?.proof).to.match(/^kafka-\d: its process is gone/);
    expect(fault?.healProof).to.match(/in sync on all its \d+ partitions/);
    expect(fault?.rtoMs).to.be.a("number");
    const samples = readFileSync(join(folder, "samples.ndjson"), "utf8");
    for (const metric of [
      "rss_bytes",
      "cpu_percent",
      "partition_leader",
      "partition_isr_size",
      "consumer_lag",
    ]) {
      expect(samples).to.contain(`"metric":"${metric}"`);
    }
  });
});
