import { expectedTimes } from "../run/expected-time.ts";
import { runSuite, type SuiteResult } from "../run/suite.ts";
import type { PlannedRun } from "../run/suite-select.ts";
import { systemClock } from "../util/clock.ts";
import { suiteLines } from "./suite-lines.ts";
import { SuiteProgress } from "./suite-progress.ts";
import { suiteTree } from "./suite-tree.ts";

/** How a series of runs is made, and for which command. */
export interface SeriesOptions {
  readonly command: string;
  readonly seed: number;
  readonly workers: number;
  readonly reports: string;
  /** The results go to standard output as JSON: nothing else may. */
  readonly json?: boolean;
}

/** Makes the runs of a command that sums them up, with the progress of a suite. */
export async function runSeries(
  runs: readonly PlannedRun[],
  { command, reports, seed, workers, json }: SeriesOptions,
  signal: AbortSignal,
): Promise<SuiteResult> {
  const now = () => systemClock.now();
  const progress = new SuiteProgress(runs, await expectedTimes(runs, reports), { workers, now });
  const tree = process.stdout.isTTY && !json ? suiteTree(progress, signal) : undefined;
  const lines = { progress: console.error, result: console.error };
  const suite = await runSuite(runs, {
    ...{ reportsFolder: reports, seed, workers, signal, network: "proxy" },
    command: `./faultline ${command} --seed ${seed}`,
    observer: tree?.observer ?? suiteLines(progress, lines),
  });
  await tree?.finish();
  return suite;
}
