import { Command } from "commander";
import pc from "picocolors";
import { loadScenarios } from "../../run/load-scenarios.ts";
import { type LoadedMutant, type MutantResult, mutantResultOf, mutantRunOf } from "../../run/mutants.ts";
import { mutantsTable } from "../../run/mutants-table.ts";
import { writeToPage } from "../../run/page-table.ts";
import type { RunResult } from "../../run/runner.ts";
import { type PlannedRun, planRuns } from "../../run/suite-select.ts";
import { formatDuration } from "../../util/duration.ts";
import { exitCodes, UsageError } from "../../util/errors.ts";
import { interruptSignal } from "../interrupt.ts";
import { runSeries, type SeriesOptions, withSeriesOptions } from "../run-series.ts";
import { table } from "../table.ts";

/** `faultline mutants [patterns]` */
export function mutantsCommand(): Command {
  const command = new Command("mutants")
    .description("test the tester: run services that are broken on purpose, and see who finds out")
    .argument("[patterns...]", "parts of their paths; none means all of scenarios/mutants");
  return withSeriesOptions(command, "each", 5)
    .addHelpText(
      "after",
      `
A mutant is caught when its run fails by the checker that it names, in at least four of five runs.

Examples:
  faultline mutants
  faultline mutants lock --runs 1
  faultline mutants --write docs/mutants.md`,
    )
    .action(mutants);
}

async function mutants(patterns: string[], options: SeriesOptions): Promise<void> {
  const { runs: repeatEach, seed, json } = options;
  const chosen = await loadMutants(patterns);
  const runs = byRound(planRuns(chosen, { seed, repeatEach })).map(onItsOwn);
  const signal = interruptSignal();
  const series = await runSeries("mutants", runs, options, signal);
  const results = chosen.map((mutant) => resultIn(series.results, mutant, repeatEach));
  if (json) console.log(JSON.stringify(results, null, 2));
  else print(results);
  console.error(`\nreports: ${series.index}`);
  if (signal.aborted) {
    process.exitCode = exitCodes.interrupted;
    return;
  }
  if (options.write !== undefined) {
    const made = `Written by \`./faultline mutants --write ${options.write}\`: ${repeatEach} runs of each.`;
    writeToPage(options.write, "mutants", made, mutantsTable(results));
  }
  process.exitCode = exitCodeOf(results);
}

/** Mutants that take minutes or hours to be caught: they run when a pattern names them. */
const slowMutants = "soak/mutants/";

/** @throws UsageError when no mutant matches, or one does not say what it is. */
async function loadMutants(patterns: readonly string[]): Promise<LoadedMutant[]> {
  const all = await loadScenarios(["mutants/"]);
  const chosen = all.filter(
    ({ file }) =>
      patterns.some((pattern) => file.includes(pattern)) ||
      (patterns.length === 0 && !file.includes(slowMutants)),
  );
  if (chosen.length === 0) {
    throw new UsageError(
      `no mutant matches ${patterns.join(" ")}`,
      "faultline list mutants/ shows all of them",
    );
  }
  return chosen.map(({ file, scenario }) => {
    const { mutant } = scenario;
    if (mutant !== undefined) return { file, scenario, mutant };
    throw new UsageError(
      `${file} does not say what is wrong with it`,
      'give it mutant: { mistake: "...", caughtBy: "..." }',
    );
  });
}

/** A series that is ended early has tried each about as often. */
const byRound = (runs: readonly PlannedRun[]): PlannedRun[] => runs.toSorted((a, b) => a.seed - b.seed);

/** What a mutant has spoilt must not spoil its next run: each gets a topology of its own. */
const onItsOwn = (run: PlannedRun, place: number): PlannedRun => {
  const { topology } = run.scenario;
  return {
    ...run,
    scenario: { ...run.scenario, topology: { ...topology, key: `${topology.key}, run ${place}` } },
  };
};

function resultIn(results: readonly RunResult[], mutant: LoadedMutant, planned: number): MutantResult {
  const records = results.map(({ record }) => record).filter(({ scenario }) => scenario.file === mutant.file);
  return mutantResultOf(
    mutant,
    records.map((record) => mutantRunOf(mutant.mutant, record)),
    planned,
  );
}

function exitCodeOf(results: readonly MutantResult[]): number {
  if (results.some(({ outcome }) => outcome === "missed")) return exitCodes.failed;
  return results.every(({ outcome }) => outcome === "caught") ? exitCodes.passed : exitCodes.inconclusive;
}

const labels: Readonly<Record<MutantResult["outcome"], string>> = {
  caught: pc.green("caught"),
  missed: pc.red("MISSED"),
  undecided: pc.yellow("UNDECIDED"),
};

function print(results: readonly MutantResult[]): void {
  const rows = results.map(({ name, caughtBy, caught, runs, outcome, afterMs, others, undecided }) => [
    labels[outcome],
    name,
    `${caught} of ${runs} by ${caughtBy}`,
    afterMs === undefined ? "" : `after ${formatDuration(afterMs)}`,
    pc.dim(
      Object.entries({ ...others, ...undecided })
        .map(([who, count]) => `${who} ${count}`)
        .join(", "),
    ),
  ]);
  console.log(`\n${table(rows)}`);
  const caught = results.filter(({ outcome }) => outcome === "caught").length;
  console.log(pc.bold(`\n${caught} of ${results.length} mutants caught`));
}
