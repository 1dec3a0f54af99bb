import type { Command } from "commander";
import { earlierResults } from "../run/earlier-results.ts";
import { expectedTimes } from "../run/expected-time.ts";
import type { RunResult } from "../run/runner.ts";
import { runSuite } from "../run/suite.ts";
import type { PlannedRun } from "../run/suite-select.ts";
import { systemClock } from "../util/clock.ts";
import { parseSeed } from "./parse-seed.ts";
import { wholeNumber } from "./program.ts";
import { suiteLines } from "./suite-lines.ts";
import { SuiteProgress } from "./suite-progress.ts";
import { suiteTree } from "./suite-tree.ts";

/** What commands have in common that sum up a series of runs. */
export interface SeriesOptions {
  /** Of each scenario. */
  readonly runs: number;
  /** Of the first run of each; every further run has the next. */
  readonly seed: number;
  /** Runs at a time. */
  readonly workers: number;
  /** The folder for run folders. */
  readonly reports: string;
  /** Runs that are in `reports` already are not made again. */
  readonly resume?: boolean;
  /** A Markdown page that has markers for the table. */
  readonly write?: string;
  /** The results go to standard output as JSON: nothing else may. */
  readonly json?: boolean;
}

/**
 * Adds those options to the command.
 * @param of what is run so often, as in "runs of each mutant".
 */
export function withSeriesOptions(command: Command, of: string, runs: number): Command {
  return command
    .option("--runs <n>", `runs of ${of}, every time with the next seed`, wholeNumber, runs)
    .option("--seed <number>", "of the first run of each", parseSeed, 1)
    .option("--workers <n>", "runs at a time", wholeNumber, 1)
    .option("--reports <folder>", "where run folders go", `reports/${command.name()}`)
    .option("--resume", "make only the runs that the reports folder does not have yet, of the same seeds")
    .option("--write <page>", "put the table between the markers of a Markdown page")
    .option("--json", "print the results as JSON on standard output");
}

/** What a series came to. */
export interface SeriesResult {
  /** Of the runs that left something, earlier ones first. */
  readonly results: readonly RunResult[];
  /** The page over the runs that were made now. */
  readonly index: string;
}

/** Makes the runs of a command that sums them up, with the progress of a suite. */
export async function runSeries(
  command: string,
  planned: readonly PlannedRun[],
  { reports, seed, workers, resume, json }: SeriesOptions,
  signal: AbortSignal,
): Promise<SeriesResult> {
  const earlier = resume ? await earlierResults(planned, reports) : new Map<PlannedRun, RunResult>();
  if (resume) console.error(`${earlier.size} of ${planned.length} runs are in ${reports} already`);
  const runs = planned.filter((run) => !earlier.has(run));
  const now = () => systemClock.now();
  const progress = new SuiteProgress(runs, await expectedTimes(runs, reports), { workers, now });
  const tree = process.stdout.isTTY && !json ? suiteTree(progress, signal) : undefined;
  const lines = { progress: console.error, result: console.error };
  const { results, index } = await runSuite(runs, {
    ...{ reportsFolder: reports, seed, workers, signal, network: "proxy" },
    command: `./faultline ${command} --seed ${seed}`,
    observer: tree?.observer ?? suiteLines(progress, lines),
  });
  await tree?.finish();
  if (signal.aborted)
    console.error("interrupted; the same command with --resume makes the runs that are left");
  return { results: [...earlier.values(), ...results], index };
}
