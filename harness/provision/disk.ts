import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { CacheError } from "./cache.ts";
import { CommandError } from "./execute.ts";
import { formatBytes } from "./progress.ts";

/** Whether an error, or one that caused it, says that a disk or a quota is full; also in a command's own words. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && (at.code === "ENOSPC" || at.code === "EDQUOT")) return true;
    if (at instanceof CommandError && /no space left on device|ENOSPC|disk quota exceeded/i.test(at.output)) {
      return true;
    }
  }
  return false;
}

/** Bytes that this user may still write at a path, or at the nearest folder above it that exists. */
export async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return freeBytes(parent);
  }
}

/** The error to show when there is no room for a component. */
export async function diskFullError(what: string, needed: number, path: string, cause?: unknown) {
  const free = await freeBytes(path);
  const command = cause instanceof CommandError ? `\n${cause.output}` : "";
  return new CacheError(
    `no room to install ${what}: about ${formatBytes(needed)} are needed in ${path}, ` +
      `${formatBytes(free)} are free there${command}`,
    { hint: "Free some space, or set FAULTLINE_CACHE to a folder on a larger disk.", cause },
  );
}
