import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openRun } from "../report/read-run.ts";
import type { RunResult } from "./runner.ts";
import { nameOf } from "./scenario-name.ts";
import type { PlannedRun } from "./suite-select.ts";

/**
 * What a reports folder has of planned runs: of each the latest run of the same scenario and seed that passed or failed. A run that
 * decided nothing, or was interrupted, is none.
 */
export async function earlierResults(
  runs: readonly PlannedRun[],
  reportsFolder: string,
): Promise<ReadonlyMap<PlannedRun, RunResult>> {
  const names = await readdir(reportsFolder).catch(() => []); // not there yet: no runs
  const found = new Map<PlannedRun, RunResult>();
  for (const name of names.sort()) {
    const wanted = runs.filter(({ file }) => name.includes(nameOf(file)));
    if (wanted.length === 0) continue;
    const folder = join(reportsFolder, name);
    const record = await openRun(folder).then(
      (run) => run.record,
      () => undefined, // under way, or killed
    );
    if (record === undefined || !["passed", "failed"].includes(record.verdict)) continue;
    const run = wanted.find(({ file, seed }) => file === record.scenario.file && seed === record.seed);
    if (run !== undefined && record.endedBy === undefined)
      found.set(run, { folder, record, report: join(folder, "report.html") });
  }
  return found;
}
