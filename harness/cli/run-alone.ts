import pc from "picocolors";
import type { NetworkKind } from "../network/private-network.ts";
import type { RunRecord } from "../report/record.ts";
import { isFailure } from "../report/suite-record.ts";
import { LastRun } from "../run/last-run.ts";
import { runScenario } from "../run/runner.ts";
import { rowOf } from "../run/suite.ts";
import type { PlannedRun } from "../run/suite-select.ts";
import { exitCodeOf } from "./exit-code.ts";
import { appendJobSummary } from "./job-summary.ts";
import { printError } from "./print-error.ts";
import { printVerdict } from "./print-verdict.ts";
import { progressLines } from "./progress-lines.ts";
import { progressTree } from "./progress-tree.ts";

export interface AloneOptions {
  /** Where run folders go. */
  readonly reports: string;
  readonly network: NetworkKind;
  readonly keep?: boolean;
  /** Standard output is for the record alone. */
  readonly json?: boolean;
  /** The command that runs it again, where that is not `run` with its file. */
  readonly replay?: string;
  /** Its file is no scenario: `--last-failed` cannot run it again. */
  readonly withoutFile?: boolean;
}

/** What is left to say when everything has run. */
export interface Ended {
  readonly records: readonly RunRecord[];
  readonly exitCode: number;
}

/** Whether progress is a tree that is drawn again and again. */
export const isLive = ({ json }: Pick<AloneOptions, "json">): boolean => process.stdout.isTTY && !json;

/** A single run, told stage by stage. */
export async function runAlone(
  planned: PlannedRun,
  options: AloneOptions,
  signal: AbortSignal,
): Promise<Ended> {
  const { file, scenario, seed } = planned;
  const tree = isLive(options) ? progressTree(scenario.title) : undefined;
  if (!tree) console.error(`${scenario.title} (${file})`);
  const lastRun = options.withoutFile ? undefined : new LastRun(options.reports, [file]);
  const result = await runScenario(planned, {
    reportsFolder: options.reports,
    seed,
    network: options.network,
    keep: options.keep ?? false,
    ...(options.replay === undefined ? {} : { replay: options.replay }),
    observer: tree?.observer ?? progressLines((line) => console.error(pc.dim(line))),
    signal,
  });
  await tree?.finish();
  const { record, report, error } = result;
  printVerdict(result, options.json ? console.error : console.log);
  if (error !== undefined && !signal.aborted) printError(error);
  if (!signal.aborted) lastRun?.note(file, isFailure(rowOf(planned, record)));
  await appendJobSummary(report);
  return { records: [record], exitCode: exitCodeOf([record]) };
}
