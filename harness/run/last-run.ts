import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../util/errors.ts";

const schema = z.object({ formatVersion: z.literal(1), failed: z.array(z.string()) });

const pathIn = (reportsFolder: string) => join(reportsFolder, ".last-run.json");

/**
 * The files of the scenarios that failed in the last run.
 * @throws UsageError when there was none, or what it left cannot be read.
 */
export function readLastFailed(reportsFolder: string): Set<string> {
  const path = pathIn(reportsFolder);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(
      `no last run is known: there is no ${path}`,
      "run without --last-failed first, with the same --reports",
    );
  }
  try {
    return new Set(schema.parse(JSON.parse(text)).failed);
  } catch {
    throw new UsageError(`${path} cannot be read`, "remove it, and run without --last-failed");
  }
}

/**
 * Remembers in the reports folder which scenarios failed, after each run, so that an interrupted suite is remembered too:
 * of what it did not come to, those stay that had failed before.
 */
export class LastRun {
  readonly #reportsFolder: string;
  readonly #failed: Set<string>;
  /** Failed in this suite: one repetition that passes does not make up for another that did not. */
  readonly #failedNow = new Set<string>();

  /** @param files of all scenarios that are to run. */
  constructor(reportsFolder: string, files: readonly string[]) {
    this.#reportsFolder = reportsFolder;
    let before: ReadonlySet<string> = new Set();
    try {
      before = readLastFailed(reportsFolder);
    } catch {
      // nothing is known of before
    }
    this.#failed = new Set(files.filter((file) => before.has(file)));
  }

  /** Notes how a run ended. @throws when the file cannot be written. */
  note(file: string, failed: boolean): void {
    if (failed) this.#failedNow.add(file);
    if (this.#failedNow.has(file)) this.#failed.add(file);
    else this.#failed.delete(file);
    const path = pathIn(this.#reportsFolder);
    const half = `${path}.${process.pid}`;
    mkdirSync(this.#reportsFolder, { recursive: true });
    writeFileSync(
      half,
      `${JSON.stringify({ formatVersion: 1, failed: [...this.#failed].sort() }, null, 2)}\n`,
    );
    renameSync(half, path);
  }
}
