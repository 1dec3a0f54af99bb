import { Command, Option } from "commander";
import pc from "picocolors";
import { describeFault, describePlan, type FaultPlan, faultsOf, occurrences } from "../../faults/schedule.ts";
import { whyUnsupported } from "../../faults/supported.ts";
import { type NetworkKind, networkKinds } from "../../network/private-network.ts";
import { examineCapability } from "../../provision/capabilities.ts";
import { type LoadedScenario, loadScenarios } from "../../run/load-scenarios.ts";
import type { Scenario } from "../../run/scenario.ts";
import { formatDuration } from "../../util/duration.ts";
import { parseSeed } from "../parse-seed.ts";
import { table } from "../table.ts";

/** `faultline plan [patterns]` */
export function planCommand(): Command {
  return new Command("plan")
    .description("say what a run would do, without doing it")
    .argument("[patterns...]", "files, folders, globs, or parts of a path")
    .option("--seed <number>", "show also the faults that a run with this seed draws", parseSeed)
    .addOption(new Option("--network <kind>", "as a run with it").choices(networkKinds).default("proxy"))
    .option("--json", "as JSON")
    .action(async (patterns: string[], options: PlanOptions) => {
      const loaded = await loadScenarios(patterns);
      const plans = await Promise.all(loaded.map((one) => planOf(one, options)));
      if (options.json) console.log(JSON.stringify(plans, null, 2));
      else for (const plan of plans) printPlan(plan);
    });
}

interface PlanOptions {
  readonly seed?: number;
  readonly network: NetworkKind;
  readonly json?: boolean;
}

interface Plan {
  readonly file: string;
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
}

async function planOf({ file, scenario }: LoadedScenario, { seed, network }: PlanOptions): Promise<Plan> {
  return {
    file,
    title: scenario.title,
    topology: scenario.topology.name,
    nodes: scenario.topology.nodes.map(({ name }) => name),
    network,
    provisions: scenario.topology.components,
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
    expectedMs: expectedMs(scenario),
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

/** Measured on a two-core machine: about 15 s to start and settle, 15 s to drain and tear down. */
const aroundMs = 30_000;

function expectedMs({ faults, steadyState }: Scenario): number {
  const all = occurrences(faults, 0);
  const faultsMs = Math.max(0, ...all.map(({ atMs, forMs }) => atMs + forMs));
  return aroundMs + faultsMs + steadyState.holdMs;
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
      ["  takes about", formatDuration(plan.expectedMs)],
    ]),
  );
  console.log();
}
