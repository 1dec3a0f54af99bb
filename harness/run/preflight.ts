import { tmpdir } from "node:os";
import { freeBytes } from "../provision/disk.ts";
import { formatBytes } from "../provision/progress.ts";
import { EnvironmentError } from "../util/errors.ts";

/** Measured: three brokers, PostgreSQL and the audio of a few minutes stay below 300 MB; logs and history below 100 MB. */
const needs = { data: 400_000_000, reports: 100_000_000 };

/**
 * Makes sure there is room before anything starts: a disk that fills up in mid-run breaks brokers in ways that look
 * like findings.
 * @throws EnvironmentError naming the folder, what is free and what is needed.
 */
export async function assertRoom(reportsFolder: string): Promise<void> {
  await assertFree(tmpdir(), needs.data, "the nodes' data", "set TMPDIR to a folder on a larger disk");
  await assertFree(reportsFolder, needs.reports, "the run's folder", "use --reports to write it elsewhere");
}

async function assertFree(folder: string, needed: number, what: string, remedy: string): Promise<void> {
  const free = await freeBytes(folder);
  if (free >= needed) return;
  throw new EnvironmentError(
    `the disk is too full for ${what}: ${folder} has ${formatBytes(free)} free, ${formatBytes(needed)} are needed`,
    { hint: `free some space, or ${remedy}` },
  );
}
