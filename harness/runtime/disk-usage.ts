import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** stat(2): st_blocks counts in these, whatever the file system's own are. */
const blockBytes = 512;

/**
 * The bytes that a folder takes of the disk: of sparse files what is written, not what they claim. What is gone when its turn comes
 * (segments that are rolled, temporary files) counts nothing.
 */
export async function diskUsage(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await diskUsage(path);
    else bytes += blockBytes * ((await lstat(path).catch(() => undefined))?.blocks ?? 0);
  }
  return bytes;
}
