import { Command, Option } from "commander";
import pc from "picocolors";
import type { Verdict } from "../../checkers/verdict.ts";
import { isPrivateNetwork, type NetworkKind, networkKinds } from "../../network/private-network.ts";
import { type LoadedScenario, loadScenarios } from "../../run/load-scenarios.ts";
import { type RunResult, runScenario } from "../../run/runner.ts";
import { exitCodes } from "../../util/errors.ts";
import { enterNetwork } from "../enter-network.ts";
import { interruptSignal } from "../interrupt.ts";
import { parseSeed } from "../parse-seed.ts";
import { printError } from "../print-error.ts";
import { printVerdict } from "../print-verdict.ts";
import { progressLines } from "../progress-lines.ts";
import { progressTree } from "../progress-tree.ts";

interface RunCommandOptions {
  readonly seed: number;
  readonly network: NetworkKind;
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly reports: string;
}

/** `faultline run [patterns]` */
export function runCommand(): Command {
  return new Command("run")
    .description("run scenarios, one after another, and report")
    .argument("[patterns...]", "files, folders, globs, or parts of a path; none means all")
    .option("--seed <number>", "for everything that is drawn at random", parseSeed, newSeed())
    .addOption(
      new Option("--network <kind>", "how links are silenced: proxies hold bytes, or packets are dropped")
        .choices(networkKinds)
        .default("proxy"),
    )
    .option("--reports <folder>", "where run folders go", "reports")
    .option("--keep", "leave the nodes running when judged, until Ctrl-C")
    .option("--json", "print the run records as JSON on standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  faultline run scenarios/ha\n  faultline run leader-crash --seed 7\n  faultline run split-brain --network netns\n  faultline run --json > runs.json",
    )
    .action(async (patterns: string[], options: RunCommandOptions) => {
      const loaded = await loadScenarios(patterns);
      const signal = interruptSignal();
      if (options.network === "netns" && !isPrivateNetwork()) {
        await enterNetwork(
          loaded.flatMap(({ scenario }) => scenario.topology.components),
          signal,
        );
      }
      const results: RunResult[] = [];
      for (const scenario of loaded) {
        if (signal.aborted) break;
        results.push(await runOne(scenario, options, signal));
      }
      if (options.json)
        console.log(
          JSON.stringify(
            results.map(({ record }) => record),
            null,
            2,
          ),
        );
      process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodeOf(results);
    });
}

async function runOne(
  loaded: LoadedScenario,
  options: RunCommandOptions,
  signal: AbortSignal,
): Promise<RunResult> {
  const live = process.stdout.isTTY && !options.json;
  const tree = live ? progressTree(loaded.scenario.title) : undefined;
  if (!tree) console.error(`${loaded.scenario.title} (${loaded.file})`);
  const result = await runScenario(loaded, {
    reportsFolder: options.reports,
    seed: options.seed,
    network: options.network,
    keep: options.keep ?? false,
    observer: tree?.observer ?? progressLines((line) => console.error(pc.dim(line))),
    signal,
  });
  await tree?.finish();
  printVerdict(result, options.json ? console.error : console.log);
  if (result.error !== undefined && !signal.aborted) printError(result.error);
  return result;
}

const codes: Readonly<Record<Verdict, number>> = {
  errored: exitCodes.environment,
  failed: exitCodes.failed,
  inconclusive: exitCodes.inconclusive,
  passed: exitCodes.passed,
};

/** The code of the worst run; a fault that was not healed outranks everything. */
function exitCodeOf(results: readonly RunResult[]): number {
  const unhealed = results.some(({ record }) =>
    record.faults.some(
      ({ injectedAt, healProvenAt }) => injectedAt !== undefined && healProvenAt === undefined,
    ),
  );
  if (unhealed) return exitCodes.healFailed;
  const verdicts = results.map(({ record }) => record.verdict);
  const worst = (["errored", "failed", "inconclusive"] as const).find((verdict) =>
    verdicts.includes(verdict),
  );
  return codes[worst ?? "passed"];
}

const newSeed = (): number => Math.floor(Math.random() * 2 ** 31);
