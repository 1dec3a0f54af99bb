import { Command, Option } from "commander";
import pc from "picocolors";
import { type HuntEvent, hunt } from "../../hunt/hunt.ts";
import { coverage, failuresBySignature, type HuntRecord } from "../../hunt/hunt-record.ts";
import { isPrivateNetwork, type NetworkKind, networkKinds } from "../../network/private-network.ts";
import { type LoadedScenario, loadScenarios } from "../../run/load-scenarios.ts";
import { formatDuration, milliseconds } from "../../util/duration.ts";
import { exitCodes, UsageError } from "../../util/errors.ts";
import { enterNetwork } from "../enter-network.ts";
import { interruptSignal } from "../interrupt.ts";
import { parseDuration } from "../parse-duration.ts";
import { parseSeed } from "../parse-seed.ts";
import { wholeNumber } from "../program.ts";
import { progressLines } from "../progress-lines.ts";
import { table } from "../table.ts";

interface HuntCommandOptions {
  readonly seed: number;
  /** In ms. */
  readonly budget: number;
  readonly faults: number;
  readonly maxFailures?: number;
  readonly topologyOf?: string;
  readonly network: NetworkKind;
  readonly reports: string;
  readonly verbose?: boolean;
}

const general = "hunt/general";

/** `faultline hunt [scenario]` */
export function huntCommand(): Command {
  return new Command("hunt")
    .description("draw random faults, run them, and keep each failure")
    .argument("[scenario]", "whose topology, workload and checks are used", general)
    .option("--seed <number>", "for the schedules: the same seed draws the same", parseSeed, newSeed())
    .addOption(
      new Option("--budget <duration>", "no run begins after it")
        .argParser(parseDuration)
        .default(milliseconds("20m"), "20m"),
    )
    .option("--faults <number>", "at most so many faults in a run", wholeNumber, 3)
    .option("--max-failures <number>", "end after so many failures", wholeNumber)
    .option("--topology-of <scenario>", "strike this scenario's topology instead")
    .addOption(
      new Option("--network <kind>", "how links are silenced: proxies hold bytes, or packets are dropped")
        .choices(networkKinds)
        .default("proxy"),
    )
    .option("--reports <folder>", "where the hunt's folder goes", "reports")
    .option("--verbose", "tell every step of every run")
    .addHelpText(
      "after",
      `
Examples:
  faultline hunt --seed 7 --budget 20m
  faultline hunt ha/leader-crash --faults 1
  faultline hunt --topology-of mutants/acks-1 --max-failures 1

Exit codes: 0 nothing was found, 1 something was, 3 no run could be made, 4 every run was inconclusive, 130 interrupted`,
    )
    .action(async (pattern: string, options: HuntCommandOptions) => {
      const scenario = await oneScenario(pattern);
      const topologyOf = options.topologyOf === undefined ? undefined : await oneScenario(options.topologyOf);
      const signal = interruptSignal();
      if (options.network === "netns" && !isPrivateNetwork())
        await enterNetwork((topologyOf ?? scenario).scenario.topology.components, signal);
      console.error(
        `${scenario.scenario.title}\nseed ${options.seed}, for ${formatDuration(options.budget)}`,
      );
      const { record, folder } = await hunt({
        ...{ scenario, signal, seed: options.seed, budgetMs: options.budget, faults: options.faults },
        ...(topologyOf === undefined ? {} : { topologyOf }),
        ...(options.maxFailures === undefined ? {} : { maxFailures: options.maxFailures }),
        ...{ network: options.network, reportsFolder: options.reports },
        observer: tell,
        runObserver: options.verbose ? progressLines((line) => console.error(pc.dim(line))) : () => {},
      });
      printSummary(record, folder);
      process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodeOf(record);
    });
}

async function oneScenario(pattern: string): Promise<LoadedScenario> {
  const [loaded, ...others] = await loadScenarios([pattern]);
  if (loaded !== undefined && others.length === 0) return loaded;
  throw new UsageError(
    `${JSON.stringify(pattern)} names ${others.length + 1} scenarios; a hunt needs one`,
    "faultline list shows them",
  );
}

const colours = {
  passed: pc.green,
  failed: pc.red,
  inconclusive: pc.yellow,
  errored: pc.magenta,
} as const;

/** A line when a run begins, and one when it ends. */
function tell(event: HuntEvent): void {
  if (event.type === "started") {
    console.error(pc.dim(`[${event.number}] ${event.described.join("; ")}`));
    return;
  }
  const { number, verdict, durationMs, signatures, reasons, unproven } = event.run;
  const why = verdict === "passed" ? [] : signatures.length > 0 ? signatures : reasons.slice(0, 2);
  const notes = unproven.map(({ fault }) => `${fault} was not proven`);
  const text = [formatDuration(durationMs), ...why, ...(verdict === "failed" ? notes : [])].join("; ");
  console.error(`[${number}] ${colours[verdict](verdict.toUpperCase())}  ${text}`);
}

function printSummary(record: HuntRecord, folder: string): void {
  const count = (verdict: string) => record.runs.filter((run) => run.verdict === verdict).length;
  console.log(
    `\n${pc.bold(`${record.runs.length} runs`)} in ${formatDuration(record.durationMs)} (${record.endedBy}): ` +
      `${count("failed")} failed, ${count("passed")} passed, ${count("inconclusive")} inconclusive, ${count("errored")} errored`,
  );
  for (const { signature, runs } of failuresBySignature(record.runs)) {
    console.log(`\n${pc.red("●")} ${pc.bold(signature)}  ${runs.length} run(s)`);
    for (const { number, described, folder: kept } of runs) {
      console.log(`  [${number}] ${described.join("; ")}`);
      console.log(`      ./faultline replay ${kept}\n      ./faultline shrink ${kept}`);
    }
  }
  printBroken(record);
  printCoverage(record);
  console.log(`\n${folder}/hunt.json\nagain: ${againCommand(record)}`);
}

/** What said nothing about the service, so that somebody mends it. */
function printBroken({ runs, unsupported }: HuntRecord): void {
  const unproven = Map.groupBy(
    runs.flatMap((run) => run.unproven),
    ({ fault }) => fault,
  );
  const rows = [...unproven].map(([fault, all]) => [`  ${fault}`, `${all.length} times`, all[0]?.why ?? ""]);
  if (rows.length > 0) console.log(`\n${pc.yellow("Not proven to strike")}\n${table(rows)}`);
  const silent = runs.filter(({ verdict }) => verdict === "errored" || verdict === "inconclusive");
  const others = silent.filter(({ verdict, unproven }) => verdict === "errored" || unproven.length === 0);
  if (others.length > 0) {
    const lines = others.map(({ number, verdict, reasons, folder = "" }) => [
      `  [${number}]`,
      verdict,
      reasons[0] ?? "",
      folder,
    ]);
    console.log(`\n${pc.magenta("Said nothing about the service")}\n${table(lines)}`);
  }
  for (const what of unsupported) console.log(`${pc.yellow("unsupported here")}  ${what}`);
}

/** Which kinds of faults struck which kinds of nodes, and which never did. */
function printCoverage({ runs, kinds }: HuntRecord): void {
  const struck = coverage(runs);
  const rows = [...struck]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([fault, row]) => [`  ${fault}`, [...row].map(([kind, times]) => `${kind} ${times}`).join(", ")]);
  if (rows.length > 0) console.log(`\n${pc.bold("Struck")}\n${table(rows)}`);
  const never = kinds.filter((kind) => !struck.has(kind));
  if (never.length > 0) console.log(`\nNever struck: ${never.join(", ")}`);
}

function againCommand({ scenario, topologyOf, seed, budgetMs, faults, network }: HuntRecord): string {
  const on = topologyOf === undefined ? "" : ` --topology-of ${topologyOf}`;
  const silenced = network === "netns" ? " --network netns" : "";
  return `./faultline hunt ${scenario.file}${on} --seed ${seed} --budget ${budgetMs / 1_000}s --faults ${faults}${silenced}`;
}

function exitCodeOf({ runs }: HuntRecord): number {
  const has = (verdict: string) => runs.some((run) => run.verdict === verdict);
  if (has("failed")) return exitCodes.failed;
  if (has("passed")) return exitCodes.passed;
  return has("errored") ? exitCodes.environment : exitCodes.inconclusive;
}

const newSeed = (): number => Math.floor(Math.random() * 2 ** 31);
