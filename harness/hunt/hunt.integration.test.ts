import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { openRun } from "../report/read-run.ts";
import { loadScenarios } from "../run/load-scenarios.ts";
import { runScenario } from "../run/runner.ts";
import { scenarioOfRun } from "../run/scenario-of-run.ts";
import { systemClock } from "../util/clock.ts";
import { scenarioSource } from "./scenario-source.ts";
import { shrink } from "./shrink.ts";
import { failureOf, runnerOf } from "./shrink-run.ts";
import { signaturesOf } from "./signature.ts";

const file = fileURLToPath(new URL("./testing/acknowledged-by-one.scenario.ts", import.meta.url));

describe("a failure of real brokers", () => {
  let reportsFolder: string;
  let failed: string;
  const never = new AbortController().signal;
  const quiet = { observer: () => {}, signal: never };

  before(async () => {
    reportsFolder = mkdtempSync(join(tmpdir(), "hunt-integration-test-"));
    const [loaded] = await loadScenarios([file]);
    if (loaded === undefined) throw new Error("the scenario does not load");
    const { record, folder } = await runScenario(loaded, { ...quiet, reportsFolder, seed: 1 });
    expect(signaturesOf(record), record.reasons.join("; ")).to.include("log: lost-write");
    failed = folder;
  });
  after(() => rmSync(reportsFolder, { recursive: true, force: true }));

  it("is replayed from its record, on the very nodes that it struck", async () => {
    const { record } = await openRun(failed);
    const replay = await runScenario(await scenarioOfRun(record, { pin: true }), {
      ...{ ...quiet, reportsFolder, seed: record.seed, network: record.network },
      variation: { by: "replay", of: failed },
    });
    expect(signaturesOf(replay.record), replay.record.reasons.join("; ")).to.include("log: lost-write");
    expect(replay.record.variation).to.deep.equal({ by: "replay", of: failed });
    const struck = ({ faults }: typeof record) => faults.map(({ nodes, links }) => ({ nodes, links }));
    expect(struck(replay.record)).to.deep.equal(struck(record));
  });

  it("is made smaller: one of its two faults, in a scenario file that loads", async () => {
    const failure = await failureOf(failed);
    await using runner = await runnerOf(failure, { ...quiet, of: failed, reportsFolder });
    const { signature, candidate, record } = failure;
    let runs = 0;
    const shrunk = await shrink(candidate, { signature }, runner.runOnce, {
      ...{ repeats: 1, share: 1, signal: never },
      observer: ({ type }) => {
        if (type === "run") runs++;
      },
      // Time is counted in runs: as it is, without any fault, and without one of them.
      ...{ clock: { ...systemClock, now: () => runs }, budgetMs: 3 },
    });
    if (shrunk === undefined) throw new Error("it did not fail again");
    expect(shrunk.schedule.map(({ fault }) => fault.call)).to.deep.equal(["isolate"]);

    const out = join(reportsFolder, "shrunk.scenario.ts");
    writeFileSync(
      out,
      scenarioSource({ shrunk, record, faultsBefore: 2, described: ["isolating a leader"] }, out),
    );
    const [loaded] = await loadScenarios([out]);
    expect(loaded?.scenario.faults.length, readFileSync(out, "utf8")).to.equal(1);
  });
});
