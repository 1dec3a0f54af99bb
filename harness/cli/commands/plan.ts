import { Command, Option } from "commander";
import pc from "picocolors";
import { describeFault, describePlan, type FaultPlan, faultsOf, occurrences } from "../../faults/schedule.ts";
import { whyUnsupported } from "../../faults/supported.ts";
import { type NetworkKind, networkKinds } from "../../network/private-network.ts";
import { examineCapability } from "../../provision/capabilities.ts";
import { type ExpectedTime, expectedTimes } from "../../run/expected-time.ts";
import type { LoadedScenario } from "../../run/load-scenarios.ts";
import type { Scenario } from "../../run/scenario.ts";
import { componentsOf } from "../../run/scenario.ts";
import { familyOf, nameOf } from "../../run/scenario-name.ts";
import { type PlannedRun, suiteOf } from "../../run/suite-select.ts";
import { formatDuration } from "../../util/duration.ts";
import { parseSeed } from "../parse-seed.ts";
import { chooseRuns, type SelectionOptions, withSelection } from "../suite-options.ts";
import { table } from "../table.ts";

/** `faultline plan [patterns]` */
export function planCommand(): Command {
  const command = new Command("plan")
    .description("say what a run would do, without doing it; without patterns, the default suite in short")
    .argument("[patterns...]", "files, folders, globs, or parts of a path")
    .option("--seed <number>", "show also the faults that a run with this seed draws", parseSeed)
    .addOption(
      new Option("--network <kind>", "plan for a run with it: say whether this machine can")
        .choices(networkKinds)
        .default("proxy"),
    );
  return withSelection(command)
    .option("--json", "as JSON")
    .action(async (patterns: string[], options: PlanOptions) => {
      const runs = await chooseRuns(patterns, options, options.seed ?? 0);
      const expected = await expectedTimes(runs, options.reports);
      if (patterns.length === 0 && !options.json) return printSuitePlan(runs, expected);
      const plans = await Promise.all(
        runs.map((run, index) => planOf(run, expected[index] ?? { ms: 0, earlierRuns: 0 }, options)),
      );
      if (options.json) console.log(JSON.stringify(plans, null, 2));
      else for (const plan of plans) printPlan(plan);
    });
}

interface PlanOptions extends SelectionOptions {
  readonly seed?: number;
  readonly network: NetworkKind;
  readonly json?: boolean;
}

interface Plan {
  readonly file: string;
  readonly suite: string;
  readonly title: string;
  readonly topology: string;
  readonly nodes: readonly string[];
  readonly network: NetworkKind;
  readonly provisions: readonly string[];
  readonly workload: string;
  readonly steadyState: string;
  readonly faults: readonly string[];
  /** What this machine cannot do; a run is then inconclusive. */
  readonly unsupported: readonly string[];
  readonly checks: readonly string[];
  readonly thresholds: readonly string[];
  readonly expectedMs: number;
  /** So many earlier runs say so; 0: the schedule does. */
  readonly earlierRuns: number;
}

async function planOf(
  loaded: LoadedScenario,
  expected: ExpectedTime,
  { seed, network }: PlanOptions,
): Promise<Plan> {
  const { file, scenario } = loaded;
  return {
    file,
    suite: suiteOf(loaded),
    title: scenario.title,
    topology: scenario.topology.name,
    nodes: scenario.topology.nodes.map(({ name }) => name),
    network,
    provisions: componentsOf(scenario),
    workload: scenario.workload.description,
    steadyState: scenario.steadyState.description,
    faults: scenario.faults.flatMap((plan, index) =>
      described(plan, seed === undefined ? undefined : seed + index),
    ),
    unsupported: [...(await networkUnsupported(network)), ...(await unsupported(scenario))],
    checks: scenario.checks.map(({ name }) => name),
    thresholds: scenario.thresholds.map(
      ({ phase, metric, bound }) => `${phase}: ${metric} ${bound.expression}`,
    ),
    expectedMs: expected.ms,
    earlierRuns: expected.earlierRuns,
  };
}

/** A plan, and with a seed what it comes to. */
function described(plan: FaultPlan, seed: number | undefined): string[] {
  if (seed === undefined || !("draw" in plan)) return describePlan(plan);
  return [...describePlan(plan), ...occurrences([plan], seed).map((one) => `  ${describeFault(one)}`)];
}

async function networkUnsupported(network: NetworkKind): Promise<string[]> {
  if (network === "proxy") return [];
  const examined = await examineCapability("netns");
  return examined.supported ? [] : [`--network netns: ${examined.why}`];
}

async function unsupported({ faults }: Scenario): Promise<string[]> {
  const reasons = await Promise.all(
    faultsOf(faults).map(async (fault) => {
      const why = await whyUnsupported(fault);
      return why === undefined ? [] : [`${fault.kind}: ${why}`];
    }),
  );
  return [...new Set(reasons.flat())];
}

/** The whole suite in short: a line a run, and how long each and all will take. */
function printSuitePlan(runs: readonly PlannedRun[], expected: readonly ExpectedTime[]): void {
  const rows = runs.map(({ file, scenario }, index) => [
    pc.cyan(`${familyOf(file)}/${nameOf(file)}`),
    scenario.topology.name,
    describeExpected(expected[index]),
  ]);
  console.log(table(rows));
  const totalMs = expected.reduce((sum, { ms }) => sum + ms, 0);
  const topologies = new Set(runs.map(({ scenario }) => scenario.topology.key)).size;
  const size = `${counted(runs.length, "run", "runs")} on ${counted(topologies, "topology", "topologies")}`;
  console.log(
    `\n${pc.bold(`${size}, about ${formatDuration(totalMs)}`)}; faultline plan <pattern> says more of one`,
  );
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** `32.1 s (by 3 earlier runs)` */
function describeExpected(expected: ExpectedTime | undefined): string {
  if (expected === undefined) return "";
  const { ms, earlierRuns } = expected;
  const source = earlierRuns === 0 ? "its schedule" : counted(earlierRuns, "earlier run", "earlier runs");
  return `${formatDuration(ms)} ${pc.dim(`(by ${source})`)}`;
}

function printPlan(plan: Plan): void {
  console.log(`${pc.bold(plan.title)}\n${pc.dim(plan.file)}`);
  console.log(
    table([
      ["  topology", plan.topology],
      ["  nodes", plan.nodes.join(" ")],
      ["  network", plan.network],
      ["  provisions", plan.provisions.join(" ")],
      ["  workload", plan.workload],
      ["  steady when", plan.steadyState],
      ...plan.faults.map((fault, index) => [index === 0 ? "  faults" : "", fault]),
      ...plan.unsupported.map((what, index) => [index === 0 ? "  unsupported here" : "", pc.yellow(what)]),
      ...plan.checks.map((check, index) => [index === 0 ? "  checks" : "", check]),
      ...plan.thresholds.map((threshold, index) => [index === 0 ? "  thresholds" : "", threshold]),
      ["  suite", plan.suite],
      ["  takes about", describeExpected({ ms: plan.expectedMs, earlierRuns: plan.earlierRuns })],
    ]),
  );
  console.log();
}
