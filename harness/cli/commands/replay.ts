import { Command } from "commander";
import pc from "picocolors";
import { signaturesOf } from "../../hunt/signature.ts";
import { isPrivateNetwork } from "../../network/private-network.ts";
import { openRun } from "../../report/read-run.ts";
import { runScenario } from "../../run/runner.ts";
import { componentsOf } from "../../run/scenario.ts";
import { scenarioOfRun } from "../../run/scenario-of-run.ts";
import { exitCodes } from "../../util/errors.ts";
import { enterNetwork } from "../enter-network.ts";
import { exitCodeOf } from "../exit-code.ts";
import { findRun } from "../find-run.ts";
import { interruptSignal } from "../interrupt.ts";
import { printError } from "../print-error.ts";
import { printVerdict } from "../print-verdict.ts";
import { progressLines } from "../progress-lines.ts";
import { progressTree } from "../progress-tree.ts";

interface ReplayOptions {
  readonly pinned?: boolean;
  readonly reports: string;
}

/** `faultline replay <run>` */
export function replayCommand(): Command {
  return new Command("replay")
    .description("run the recorded schedule of a run again")
    .argument("<run>", "a run's folder, or its name under reports/")
    .option(
      "--pinned",
      "strike the very nodes and links that were struck, whatever the targets are this time",
    )
    .option("--reports <folder>", "where run folders go", "reports")
    .addHelpText("after", "\nExamples:\n  faultline replay reports/20260314-091500-leader-crash --pinned")
    .action(async (run: string, options: ReplayOptions) => {
      const of = await findRun(run, options.reports);
      const { record } = await openRun(of);
      const loaded = await scenarioOfRun(record, { pin: options.pinned ?? false });
      const signal = interruptSignal();
      if (record.network === "netns" && !isPrivateNetwork())
        await enterNetwork(componentsOf(loaded.scenario), signal);
      const tree = process.stdout.isTTY ? progressTree(loaded.scenario.title) : undefined;
      const result = await runScenario(loaded, {
        ...{ reportsFolder: options.reports, seed: record.seed, network: record.network, signal },
        observer: tree?.observer ?? progressLines((line) => console.error(pc.dim(line))),
        variation: { ...record.variation, by: "replay", of },
      });
      await tree?.finish();
      printVerdict(result, console.log);
      console.log(comparison(signaturesOf(record), signaturesOf(result.record)));
      if (result.error !== undefined && !signal.aborted) printError(result.error);
      process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodeOf([result.record]);
    });
}

/** How a replay compares with what it replays. */
function comparison(before: readonly string[], now: readonly string[]): string {
  if (before.length === 0)
    return now.length === 0 ? "as before, nothing was wrong" : `new: ${now.join(", ")}`;
  const again = before.filter((signature) => now.includes(signature));
  if (again.length > 0) return `the same failure: ${again.join(", ")}`;
  const what =
    now.length === 0 ? "nothing was wrong this time" : `something else was wrong: ${now.join(", ")}`;
  return `${what}; recorded: ${before.join(", ")}`;
}
