import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CacheError } from "./cache.ts";
import type { Ids } from "./platform.ts";

/**
 * Checks that another user may enter every folder above a path.
 * @param ids the user; undefined (this process's own user) needs no check.
 * @throws CacheError naming the folder that is closed to it.
 */
export async function assertReachable(path: string, ids: Ids | undefined): Promise<void> {
  if (ids === undefined) return;
  const folder = dirname(path);
  if (folder !== path) await assertReachable(folder, ids);
  const { mode, uid, gid } = await stat(folder);
  const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
  if ((mode & bit) !== 0) return;
  throw new CacheError(
    `PostgreSQL must not run as root, so it runs as user ${ids.uid}, who may not enter ${folder} on the way to ${path}`,
    { hint: `Set FAULTLINE_CACHE to a folder that everybody can enter, or run: chmod o+x ${folder}` },
  );
}
