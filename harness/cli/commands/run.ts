import { Command, Option } from "commander";
import { isPrivateNetwork, type NetworkKind, networkKinds } from "../../network/private-network.ts";
import { expectedTimes } from "../../run/expected-time.ts";
import { componentsOf } from "../../run/scenario.ts";
import { runSuite, type SuiteResult } from "../../run/suite.ts";
import type { PlannedRun } from "../../run/suite-select.ts";
import { systemClock } from "../../util/clock.ts";
import { exitCodes, messageOf, UsageError } from "../../util/errors.ts";
import { enterNetwork } from "../enter-network.ts";
import { exitCodeOf } from "../exit-code.ts";
import { interruptSignal } from "../interrupt.ts";
import { appendJobSummary } from "../job-summary.ts";
import { parseSeed } from "../parse-seed.ts";
import { printError } from "../print-error.ts";
import { printSuite } from "../print-suite.ts";
import { wholeNumber } from "../program.ts";
import { type Ended, isLive, runAlone } from "../run-alone.ts";
import { suiteLines } from "../suite-lines.ts";
import { chooseRuns, type SelectionOptions, suiteCommand, withSelection } from "../suite-options.ts";
import { SuiteProgress } from "../suite-progress.ts";
import { suiteTree } from "../suite-tree.ts";

interface RunOptions extends SelectionOptions {
  readonly seed: number;
  readonly network: NetworkKind;
  readonly workers: number;
  readonly maxFailures?: number;
  /** Short for one failure at most. */
  readonly x?: boolean;
  readonly json?: boolean;
  readonly keep?: boolean;
}

/** `faultline run [patterns]` */
export function runCommand(): Command {
  const command = new Command("run")
    .description("run scenarios and report; without patterns, the default suite")
    .argument("[patterns...]", "files, folders, globs, or parts of a path")
    .option("--seed <number>", "for everything that is drawn at random", parseSeed, newSeed())
    .addOption(
      new Option("--network <kind>", "how links are silenced: proxies hold bytes, or packets are dropped")
        .choices(networkKinds)
        .default("proxy"),
    );
  return withSelection(command)
    .option("--max-failures <n>", "start no further scenario after so many failures", wholeNumber)
    .option("-x", "stop after the first failure: --max-failures 1")
    .option("--workers <n>", "scenarios at a time, each on a topology of its own", wholeNumber, 1)
    .option("--keep", "leave the nodes of a single run when it is judged, until Ctrl-C")
    .option("--json", "print the run records as JSON on standard output")
    .addHelpText(
      "after",
      `
Examples:
  faultline run
  faultline run ha --grep "leader|controller" -x
  faultline run leader-crash --seed 7 --repeat-each 5
  faultline run --last-failed
  faultline run --shard 2/3 --reports reports/2
  faultline run split-brain --network netns
  faultline run --json > runs.json`,
    )
    .action(run);
}

async function run(patterns: string[], options: RunOptions): Promise<void> {
  const runs = await chooseRuns(patterns, options, options.seed);
  if (options.keep && runs.length > 1) {
    throw new UsageError(`--keep is for a single run, and these are ${runs.length}`, "name one scenario");
  }
  const signal = interruptSignal();
  if (options.network === "netns" && !isPrivateNetwork()) {
    await enterNetwork(
      runs.flatMap(({ scenario }) => componentsOf(scenario)),
      signal,
    );
  }
  const [only, ...others] = runs;
  if (only === undefined) {
    console.error(
      options.lastFailed ? "nothing to run: nothing failed last" : "nothing to run: the shard is empty",
    );
    if (options.json) console.log("[]");
    return;
  }
  const ended =
    others.length === 0
      ? await runAlone(only, options, signal)
      : await runAll(runs, patterns, options, signal);
  if (options.json) console.log(JSON.stringify(ended.records, null, 2));
  process.exitCode = signal.aborted ? exitCodes.interrupted : ended.exitCode;
}

/** A suite, told run by run. */
async function runAll(
  runs: readonly PlannedRun[],
  patterns: readonly string[],
  options: RunOptions,
  signal: AbortSignal,
): Promise<Ended> {
  const { reports, seed, network, workers, json, x, maxFailures = x ? 1 : undefined } = options;
  const progress = new SuiteProgress(runs, await expectedTimes(runs, reports), {
    workers,
    now: () => systemClock.now(),
  });
  const print = json ? console.error : console.log;
  const tree = isLive(options) ? suiteTree(progress, signal) : undefined;
  const suite = await runSuite(runs, {
    ...{ reportsFolder: reports, seed, network, workers, signal },
    ...(maxFailures === undefined ? {} : { maxFailures }),
    command: suiteCommand(patterns, options, runs, seed),
    observer: tree?.observer ?? suiteLines(progress, { progress: console.error, result: print }),
  });
  await tree?.finish();
  if (!signal.aborted) printErrors(suite);
  printSuite(suite, print);
  await appendJobSummary(suite.index);
  const records = suite.results.map(({ record }) => record);
  const leftNothing = suite.record.rows.filter(
    ({ outcome, run }) => outcome === "errored" && run === undefined,
  );
  return {
    records,
    exitCode: exitCodeOf([
      ...records,
      ...leftNothing.map(() => ({ verdict: "errored" as const, faults: [] })),
    ]),
  };
}

/** What ended runs early, each once: with what to do next. */
function printErrors({ results }: SuiteResult): void {
  const errors = new Map(
    results.flatMap(({ error }) => (error === undefined ? [] : [[messageOf(error), error]])),
  );
  for (const error of errors.values()) printError(error);
}

const newSeed = (): number => Math.floor(Math.random() * 2 ** 31);
