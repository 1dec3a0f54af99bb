import type { Verdict } from "../../checkers/verdict.ts";
import { fixtureRecord } from "../../report/testing/fixture.ts";
import type { LoadedScenario } from "../load-scenarios.ts";
import type { RunOptions, RunResult } from "../runner.ts";
import { scenario } from "../scenario.ts";
import { nameOf } from "../scenario-name.ts";
import type { PlannedRun } from "../suite-select.ts";

const never = () => {
  throw new Error("this scenario is only planned");
};

/** What a planned scenario is about. */
interface Fake {
  /** Key of its topology (default `a`). */
  readonly key?: string;
  readonly title?: string;
  readonly suite?: "nightly";
}

/** A scenario that can be planned, and not run. */
export function fakeScenario(file: string, { key = "a", title = file, suite }: Fake = {}): LoadedScenario {
  return {
    file,
    scenario: scenario({
      title,
      topology: { name: `topology ${key}`, key, components: [], nodes: [], start: never },
      workload: { name: "none", description: "none", start: never },
      faults: [],
      checks: [],
      ...(suite === undefined ? {} : { suite }),
    }),
  };
}

/** A run of a {@link fakeScenario}. */
export const fakeRun = (file: string, fake: Fake = {}, seed = 1): PlannedRun => ({
  ...fakeScenario(file, fake),
  seed,
});

/** What a run that ended with a verdict has returned. */
export function fakeResult(
  { file, scenario }: LoadedScenario,
  options: RunOptions,
  verdict: Verdict,
): RunResult {
  const id = `20260314-091500-${nameOf(file)}`;
  const record = {
    ...fixtureRecord(verdict === "passed" ? "passed" : "failed", []),
    ...{ id, verdict, seed: options.seed, scenario: { file, title: scenario.title }, durationMs: 31_000 },
    reasons: [`it ${verdict}`],
    unsupported: [],
    replay: `./faultline run ${file} --seed ${options.seed}`,
  };
  return {
    folder: `${options.reportsFolder}/${id}`,
    record,
    report: `${options.reportsFolder}/${id}/report.html`,
  };
}
