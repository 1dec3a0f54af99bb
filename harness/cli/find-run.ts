import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../util/errors.ts";

/**
 * The folder of a run that is named on the command line: its path, or its name under the reports folder.
 * @throws UsageError when there is no such folder.
 */
export async function findRun(given: string, reportsFolder: string): Promise<string> {
  for (const path of [given, ...(given.includes("/") ? [] : [join(reportsFolder, given)])]) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return path;
  }
  throw new UsageError(
    `there is no run ${given}`,
    `name a run's folder, or its name under ${reportsFolder}/`,
  );
}
