import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { EnvironmentError, messageOf } from "../util/errors.ts";

/**
 * The folders of the per-user cache. Installed components lie directly in `root`; the other three hold what is
 * needed while installing.
 */
export interface Cache {
  root: string;
  /** Files from registries, by digest, until the component that needs them is installed. */
  downloads: string;
  /** Unfinished work, one folder each, named after the process that does it. */
  temporary: string;
  locks: string;
}

/**
 * Where the cache lies: `FAULTLINE_CACHE`, else `$XDG_CACHE_HOME/faultline`, else for root `/var/cache/faultline`
 * (PostgreSQL runs as an unprivileged user then, who cannot enter root's home), else `~/.cache/faultline`.
 */
export function cacheRoot(
  env: NodeJS.ProcessEnv = process.env,
  isRoot: boolean = process.getuid?.() === 0,
  home: string = homedir(),
): string {
  const own = env.FAULTLINE_CACHE;
  if (own) return resolve(own);
  const xdg = env.XDG_CACHE_HOME;
  if (xdg) return resolve(xdg, "faultline");
  return isRoot ? "/var/cache/faultline" : join(home, ".cache", "faultline");
}

/** The cache at `root`; creates nothing. */
export function cacheAt(root: string): Cache {
  return {
    root,
    downloads: join(root, "downloads"),
    temporary: join(root, "tmp"),
    locks: join(root, "locks"),
  };
}

/** The cache lies in a place that cannot serve: no other way to install would help. */
export class CacheError extends EnvironmentError {}

/**
 * Makes the folders of the cache, readable by every user.
 * @throws CacheError when that is not allowed or not possible there.
 */
export async function prepareCache(cache: Cache): Promise<void> {
  for (const folder of [cache.root, cache.downloads, cache.temporary, cache.locks]) {
    try {
      if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o755);
    } catch (error) {
      throw new CacheError(`cannot create the cache folder ${folder}: ${messageOf(error)}`, {
        hint: "Set FAULTLINE_CACHE to a folder you may write to.",
        cause: error,
      });
    }
  }
}

/** This machine's name, short and safe in a file name: a cache on a network disk has several machines' folders. */
const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** A new, empty folder inside the cache (so that a rename into place is atomic), named after this process. */
export async function temporaryFolder(cache: Cache, name: string): Promise<string> {
  const folder = await mkdtemp(join(cache.temporary, `${name}.${machine}.${process.pid}.`));
  await chmod(folder, 0o755);
  return folder;
}

const ABANDONED_MS = 24 * 3_600_000;

/**
 * Removes the temporary folders of processes that no longer live, and those of other machines after a day.
 * @param isAlive whether a process of this machine lives.
 */
export async function sweepTemporary(cache: Cache, isAlive: (pid: number) => boolean = pidLives) {
  for (const name of await readdir(cache.temporary)) {
    const [, host, pid] = /\.([0-9a-f]{8})\.(\d+)\.[^.]*$/.exec(name) ?? [];
    const path = join(cache.temporary, name);
    const dead = host === machine ? !isAlive(Number(pid)) : await isOlderThan(path, ABANDONED_MS);
    if (dead) await rm(path, { recursive: true, force: true });
  }
}

async function isOlderThan(path: string, ms: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > ms;
  } catch {
    return false; // Its owner has just removed it.
  }
}

function pidLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
