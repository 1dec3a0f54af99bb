import { appendFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../util/errors.ts";

/**
 * Appends the `summary.md` beside a report to GitHub's job summary, where there is one ($GITHUB_STEP_SUMMARY). That it
 * cannot be written is said, and no reason to fail.
 */
export async function appendJobSummary(report: string): Promise<void> {
  const target = process.env.GITHUB_STEP_SUMMARY;
  if (target === undefined || target === "") return;
  try {
    await appendFile(target, `${await readFile(join(dirname(report), "summary.md"), "utf8")}\n`);
  } catch (error) {
    console.error(`the job summary could not be written: ${messageOf(error)}`);
  }
}
