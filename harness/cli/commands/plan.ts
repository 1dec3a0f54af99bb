import { Command } from "commander";
import pc from "picocolors";
import { describeFault } from "../../faults/schedule.ts";
import { type LoadedScenario, loadScenarios } from "../../run/load-scenarios.ts";
import type { Scenario } from "../../run/scenario.ts";
import { formatDuration } from "../../util/duration.ts";
import { table } from "../table.ts";

/** `faultline plan [patterns]` */
export function planCommand(): Command {
  return new Command("plan")
    .description("say what a run would do, without doing it")
    .argument("[patterns...]", "files, folders, globs, or parts of a path")
    .option("--json", "as JSON")
    .action(async (patterns: string[], options: { json?: boolean }) => {
      const plans = (await loadScenarios(patterns)).map(planOf);
      if (options.json) console.log(JSON.stringify(plans, null, 2));
      else for (const plan of plans) printPlan(plan);
    });
}

interface Plan {
  readonly file: string;
  readonly title: string;
  readonly topology: string;
  readonly nodes: readonly string[];
  readonly provisions: readonly string[];
  readonly workload: string;
  readonly steadyState: string;
  readonly faults: readonly string[];
  readonly checks: readonly string[];
  readonly thresholds: readonly string[];
  readonly expectedMs: number;
}

function planOf({ file, scenario }: LoadedScenario): Plan {
  return {
    file,
    title: scenario.title,
    topology: scenario.topology.name,
    nodes: scenario.topology.nodes.map(({ name }) => name),
    provisions: scenario.topology.components,
    workload: scenario.workload.description,
    steadyState: scenario.steadyState.description,
    faults: scenario.faults.map(describeFault),
    checks: scenario.checks.map(({ name }) => name),
    thresholds: scenario.thresholds.map(
      ({ phase, metric, bound }) => `${phase}: ${metric} ${bound.expression}`,
    ),
    expectedMs: expectedMs(scenario),
  };
}

/** Measured on a two-core machine: about 15 s to start and settle, 15 s to drain and tear down. */
const aroundMs = 30_000;

function expectedMs({ faults, steadyState }: Scenario): number {
  const faultsMs = Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + forMs));
  return aroundMs + faultsMs + steadyState.holdMs;
}

function printPlan(plan: Plan): void {
  console.log(`${pc.bold(plan.title)}\n${pc.dim(plan.file)}`);
  console.log(
    table([
      ["  topology", plan.topology],
      ["  nodes", plan.nodes.join(" ")],
      ["  provisions", plan.provisions.join(" ")],
      ["  workload", plan.workload],
      ["  steady when", plan.steadyState],
      ...plan.faults.map((fault, index) => [index === 0 ? "  faults" : "", fault]),
      ...plan.checks.map((check, index) => [index === 0 ? "  checks" : "", check]),
      ...plan.thresholds.map((threshold, index) => [index === 0 ? "  thresholds" : "", threshold]),
      ["  takes about", formatDuration(plan.expectedMs)],
    ]),
  );
  console.log();
}
