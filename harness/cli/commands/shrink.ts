import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { scheduleFrom } from "../../faults/written.ts";
import type { Candidate } from "../../hunt/candidate.ts";
import { scenarioSource } from "../../hunt/scenario-source.ts";
import { type ShrinkEvent, type Shrunk, shrink } from "../../hunt/shrink.ts";
import { type Failure, failureOf, runnerOf } from "../../hunt/shrink-run.ts";
import { isPrivateNetwork } from "../../network/private-network.ts";
import { componentsOf } from "../../run/scenario.ts";
import { fileOfRun } from "../../run/scenario-of-run.ts";
import { formatDuration, milliseconds } from "../../util/duration.ts";
import { exitCodes } from "../../util/errors.ts";
import { enterNetwork } from "../enter-network.ts";
import { findRun } from "../find-run.ts";
import { interruptSignal } from "../interrupt.ts";
import { parseDuration } from "../parse-duration.ts";
import { wholeNumber } from "../program.ts";
import { progressLines } from "../progress-lines.ts";

interface ShrinkCommandOptions {
  readonly repeats: number;
  readonly share: number;
  /** In ms. */
  readonly budget: number;
  readonly out?: string;
  readonly reports: string;
  readonly verbose?: boolean;
}

/** `faultline shrink <run>` */
export function shrinkCommand(): Command {
  return new Command("shrink")
    .description("find a smaller schedule that still fails, and write it as a scenario")
    .argument("<run>", "the folder of a run that failed, or its name under reports/")
    .option("--repeats <number>", "how often each smaller schedule is run at most", wholeNumber, 3)
    .option("--share <number>", "in what share of them it has to fail", parseShare, 0.6)
    .addOption(
      new Option("--budget <duration>", "the search begins no run after it")
        .argParser(parseDuration)
        .default(milliseconds("30m"), "30m"),
    )
    .option("--out <file>", "the scenario file to write (default: shrunk.scenario.ts in the run's folder)")
    .option("--reports <folder>", "where the folders of its runs go", "reports")
    .option("--verbose", "tell every step of every run")
    .addHelpText(
      "after",
      `
Examples:
  faultline shrink reports/20260314-091500-hunt-general/20260314-092200-general
  faultline shrink 20260314-092200-leader-crash --repeats 5 --share 0.8 --out scenarios/ha/found.scenario.ts

Exit codes: 0 a scenario was written, 4 the schedule as it is does not fail often enough, 130 interrupted (what was
found until then is written)`,
    )
    .action(shrinkRun);
}

async function shrinkRun(run: string, options: ShrinkCommandOptions): Promise<void> {
  const of = await findRun(run, options.reports);
  const failure = await failureOf(of);
  const { record, candidate, signature } = failure;
  const { scenario } = await fileOfRun(record);
  const signal = interruptSignal();
  if (record.network === "netns" && !isPrivateNetwork()) await enterNetwork(componentsOf(scenario), signal);
  console.error(`${signature}\n${described(candidate)}`);
  const observer = options.verbose ? progressLines((line) => console.error(pc.dim(line))) : () => {};
  await using runner = await runnerOf(failure, { of, reportsFolder: options.reports, observer, signal });
  const { repeats, share, budget: budgetMs } = options;
  const shrunk = await shrink(candidate, { signature, rate: runner.rate }, runner.runOnce, {
    ...{ repeats, share, budgetMs, observer: tell, signal },
  });
  if (shrunk === undefined) {
    const why = signal.aborted ? "interrupted" : `it does not fail in ${share} of ${repeats} runs as it is`;
    console.log(`nothing was written: ${why}; the runs are in ${runner.folder}`);
    process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodes.inconclusive;
    return;
  }
  const out = options.out ?? join(of, "shrunk.scenario.ts");
  writeScenario(failure, shrunk, scenario.workload.source, out);
  const { endedBy, allRuns, failures, runs } = shrunk;
  console.log(`\n${described(shrunk)}`);
  console.log(
    `${candidate.schedule.length} fault(s) before, ${shrunk.schedule.length} now; fails in ${failures} of ${runs} runs; ${allRuns} runs in all (${endedBy})`,
  );
  console.log(`${out}\n./faultline run ${out} --seed ${record.seed}`);
  process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodes.passed;
}

function writeScenario(
  { record, candidate }: Failure,
  shrunk: Shrunk,
  workload: Parameters<typeof scenarioSource>[0]["workload"],
  out: string,
): void {
  const faults = scheduleFrom(shrunk.schedule).map(
    ({ fault }) => `${fault.kind} ${fault.target.description}`,
  );
  const faultsBefore = candidate.schedule.length;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, scenarioSource({ shrunk, record, faultsBefore, workload, described: faults }, out));
}

function tell(event: ShrinkEvent): void {
  if (event.type === "step") console.error(pc.bold(event.step));
  else if (event.type === "run") {
    const outcome =
      event.failed === undefined
        ? "says nothing"
        : event.failed
          ? pc.red("fails")
          : pc.green("does not fail");
    console.error(pc.dim(`  run ${event.number}: ${outcome}`));
  } else {
    const { fails, failures, runs } = event.repeated;
    console.error(
      `  ${fails ? pc.red("still fails") : pc.green("does not")} (${failures} of ${runs})  ${described(event.candidate)}`,
    );
  }
}

/** A candidate on one line. */
function described({ schedule, rate }: Candidate): string {
  const faults = scheduleFrom(schedule).map(
    ({ fault, atMs, forMs }) =>
      `${fault.kind} ${fault.target.description} at ${formatDuration(atMs)} for ${formatDuration(forMs)}`,
  );
  return [
    ...(faults.length === 0 ? ["no fault"] : faults),
    ...(rate === undefined ? [] : [`${rate} a second`]),
  ].join("; ");
}

function parseShare(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError("a number above 0, at most 1, is needed.");
  return share;
}
