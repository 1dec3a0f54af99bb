import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Verdict } from "../checkers/verdict.ts";
import { proven } from "../faults/conditions.ts";
import { kill } from "../faults/kill.ts";
import { after, at, describePlan } from "../faults/schedule.ts";
import { node } from "../faults/targets.ts";
import { writtenSchedule } from "../faults/written.ts";
import type { FaultRecord, RunRecord } from "../report/record.ts";
import type { LoadedScenario } from "../run/load-scenarios.ts";
import type { RunOptions, runScenario } from "../run/runner.ts";
import { storeRun } from "../run/testing/stored-run.ts";
import { UsageError } from "../util/errors.ts";
import { failureOf, runnerOf } from "./shrink-run.ts";

const lost: RunRecord["checks"] = [
  {
    ...{ name: "transcription", verdict: "failed", reason: "lost", counts: {} },
    anomalies: [{ type: "lost-recording", message: "lost", witnesses: [] }],
  },
];

const schedule =
  writtenSchedule([
    at("9s", kill(node("stt-1"))).for("2s"),
    after(proven(1), kill(node("stt-2"))).for("1s"),
    at("4s", kill(node("kafka-1"))).for("2s"),
    at("5s", kill(node("kafka-2"))).for("2s"),
  ]) ?? [];

/** Steady from second 5 on; the third fault never struck. */
const struck = (number: number, second: number): FaultRecord => ({
  ...{ id: `fault-${number}`, fault: "kill", target: "it", nodes: [], links: [], escalations: [] },
  injectedAt: second * 1e9,
});

const failed: Partial<RunRecord> = {
  ...{ verdict: "failed", checks: lost, schedule, seed: 11 },
  faults: [struck(1, 14), struck(2, 14.5), struck(4, 10)],
};

describe("the failure of a stored run", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "shrink-run-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const stored = async (changes: Partial<RunRecord>) =>
    (await storeRun(folder, (record) => ({ ...record, ...changes }))).folder;

  it("has the faults that struck, when they struck, and what was wrong first", async () => {
    const { signature, candidate } = await failureOf(await stored(failed));
    expect(signature).to.equal("transcription: lost-recording");
    expect(candidate.schedule.map(({ atMs, fault }) => [atMs, JSON.stringify(fault.args)])).to.deep.equal([
      [5_000, '[{"call":"node","args":["kafka-2"]}]'],
      [9_000, '[{"call":"node","args":["stt-1"]}]'],
      [9_500, '[{"call":"node","args":["stt-2"]}]'],
    ]);
    expect(candidate.schedule.some((fault) => "after" in fault)).to.equal(false);
  });

  const { schedule: _, ...unwritten } = failed;
  const cases: [string, Partial<RunRecord>, string][] = [
    ["a run that passed", { verdict: "passed", schedule }, "did not fail: its verdict is passed"],
    ["a schedule that is not on record", unwritten, "no schedule on record"],
    ["a failure without faults", { ...failed, faults: [] }, "failed without any fault"],
  ];
  for (const [what, changes, message] of cases)
    it(`refuses ${what}`, async () => {
      const error = await failureOf(await stored(changes)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UsageError);
      expect(String(error)).to.contain(message);
    });

  it("runs smaller ones as the run was: its seed, and what it judged; and keeps those that fail", async () => {
    const failure = await failureOf(await stored(failed));
    const calls: { loaded: LoadedScenario; options: RunOptions }[] = [];
    const verdicts: Verdict[] = ["failed", "passed", "inconclusive", "errored"];
    const run: typeof runScenario = async (loaded, options) => {
      calls.push({ loaded, options });
      const path = join(options.reportsFolder, `run-${calls.length}`);
      mkdirSync(path, { recursive: true });
      const record = { ...failure.record, verdict: verdicts[calls.length - 1] ?? "passed" };
      return { folder: path, record, report: "" };
    };
    const quiet = { observer: () => {}, signal: new AbortController().signal };
    await using runner = await runnerOf(failure, { ...quiet, of: "the-run", reportsFolder: folder, run });
    const [first] = failure.candidate.schedule;
    if (first === undefined) throw new Error("it has faults");
    const once = () => runner.runOnce({ schedule: [first] });

    const kept = await once();
    expect(kept.signatures).to.deep.equal(["transcription: lost-recording"]);
    expect(existsSync(kept.folder)).to.equal(true);
    const passed = await once();
    expect(passed.signatures).to.deep.equal([]);
    expect(existsSync(passed.folder)).to.equal(false);
    expect((await once()).signatures, "inconclusive").to.equal(undefined);
    expect((await once()).signatures, "errored").to.equal(undefined);

    const [{ loaded, options } = {}] = calls;
    expect(loaded?.scenario.faults.flatMap(describePlan)).to.deep.equal(["at 5 s for 2 s: kill kafka-2"]);
    expect(loaded?.scenario.thresholds).to.deep.equal([]);
    expect(options).to.deep.include({ seed: 11, network: "proxy" });
    expect(options?.variation).to.deep.equal({ by: "shrink", of: "the-run", correctnessOnly: true });
    expect(runner.rate).to.equal(undefined);
  });
});
