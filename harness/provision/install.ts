import { chmod, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { type Cache, prepareCache, sweepTemporary, temporaryFolder } from "./cache.ts";
import { keyOf } from "./digest.ts";
import { diskFullError, freeBytes, isDiskFull } from "./disk.ts";
import { Downloads } from "./downloads.ts";
import { withLock } from "./lock.ts";
import type { ComponentName, PinnedFile } from "./manifest.ts";
import { type Inspection, inspectFolder, type Marker, writeMarker } from "./marker.ts";
import { platform } from "./platform.ts";
import { formatBytes, type ProgressListener, type ProgressStep } from "./progress.ts";

/** One way to come by a component, or by a part of one. */
export interface Recipe {
  component: ComponentName;
  /** The part's name, and the first word of its folder's name. */
  part: string;
  version: string;
  /** Where it comes from, for people: "Maven", "built by go1.26.8", "/usr/bin/redis-server". */
  source: string;
  /** Everything that decides what the folder will hold. Another value is another folder. */
  determinants: unknown;
  /** Bytes of disk that installing takes, about. */
  bytes: number;
  /** What `fill` will ask for; forgotten when the installation is complete. */
  files: readonly PinnedFile[];
  /**
   * Fills an empty folder and verifies what is in it. A rename then puts the folder in place, so nothing in it may
   * hold the folder's own path.
   */
  fill(folder: string, tools: Tools): Promise<void>;
}

/** A way to come by a component, or undefined where this machine does not offer it. */
export type Way = () => Recipe | undefined | Promise<Recipe | undefined>;

/** What a recipe works with. */
export interface Tools {
  signal: AbortSignal;
  /** The verified file's path, outside the folder that is being filled. */
  obtain(file: PinnedFile): Promise<string>;
  say(step: ProgressStep, message: string): void;
  /** Runs work that keeps processors busy when few others do. */
  heavy<T>(work: () => Promise<T>): Promise<T>;
}

/** An installed part: its folder and what its marker says. */
export interface InstalledPart {
  folder: string;
  marker: Marker;
}

/** The layout of installed folders; another number makes everybody install anew. */
const FORMAT = 1;

/** Where a recipe's result lies, whether it is there yet or not. */
export function folderOf(cache: Cache, recipe: Recipe): string {
  const { part, version, determinants } = recipe;
  return join(cache.root, `${part}-${version}-${keyOf([FORMAT, part, version, platform, determinants])}`);
}

/** Whether a recipe's result is there and intact. */
export function inspect(
  cache: Cache,
  recipe: Recipe,
  read: "changed" | "all" = "changed",
): Promise<Inspection> {
  return inspectFolder(folderOf(cache, recipe), read);
}

/** Installs recipes into a cache: each atomically, under a lock, and only when it is not there intact. */
export class Installer {
  readonly cache: Cache;
  readonly signal: AbortSignal | undefined;
  readonly #downloads: Downloads;
  readonly #listener: ProgressListener;
  readonly #heavy = pLimit(Math.max(1, Math.floor(availableParallelism() / 2)));
  #prepared: Promise<void> | undefined;

  constructor(
    cache: Cache,
    options: { downloads?: Downloads; onProgress?: ProgressListener; signal?: AbortSignal | undefined } = {},
  ) {
    this.cache = cache;
    this.#downloads = options.downloads ?? new Downloads(cache);
    this.#listener = options.onProgress ?? (() => {});
    this.signal = options.signal;
  }

  /**
   * The installed result of a recipe.
   * @throws EnvironmentError when the disk is full, a file cannot be had or is not the pinned one, or a command fails.
   */
  async install(recipe: Recipe): Promise<InstalledPart> {
    const found = await inspect(this.cache, recipe);
    if (found.state === "installed") return this.#part(recipe, found.marker);
    if (found.state === "corrupt") this.say(recipe, "repair", `${found.problem}: installing it again`);
    this.#prepared ??= prepareCache(this.cache).then(() => sweepTemporary(this.cache));
    await this.#prepared;
    const lockFile = join(this.cache.locks, `${recipe.part}-${recipe.version}`);
    const onWait = () => this.say(recipe, "wait", "another process is installing it");
    return withLock(lockFile, { signal: this.signal, onWait }, async (signal) => {
      const again = await inspect(this.cache, recipe); // Another process may have installed it meanwhile.
      return again.state === "installed"
        ? this.#part(recipe, again.marker)
        : this.#installNow(recipe, signal);
    });
  }

  /** Tells the listener what happens to a recipe's component. */
  say(recipe: Pick<Recipe, "component">, step: ProgressStep, message: string): void {
    this.#listener({ component: recipe.component, step, message });
  }

  #part(recipe: Recipe, marker: Marker): InstalledPart {
    return { folder: folderOf(this.cache, recipe), marker };
  }

  async #installNow(recipe: Recipe, signal: AbortSignal): Promise<InstalledPart> {
    const { part, version, source } = recipe;
    if ((await freeBytes(this.cache.root)) < recipe.bytes) {
      throw await diskFullError(`${part} ${version}`, recipe.bytes, this.cache.root);
    }
    const work = await temporaryFolder(this.cache, part);
    try {
      await recipe.fill(work, this.#toolsFor(recipe, signal));
      const marker = await writeMarker(work, { version, source });
      signal.throwIfAborted();
      const folder = folderOf(this.cache, recipe);
      await this.#putInPlace(work, folder);
      await this.#downloads.forget(recipe.files);
      this.say(recipe, "ready", `${part} ${version} (${source})`);
      return { folder, marker };
    } catch (error) {
      signal.throwIfAborted();
      if (isDiskFull(error)) {
        throw await diskFullError(`${part} ${version}`, recipe.bytes, this.cache.root, error);
      }
      if (error instanceof EnvironmentError) throw error;
      throw new EnvironmentError(`could not install ${part} ${version} (${source}): ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  /** A folder cannot be renamed onto one that is not empty: a damaged one steps aside first. */
  async #putInPlace(work: string, folder: string): Promise<void> {
    await chmod(work, 0o755);
    const aside = `${work}-old`;
    await rename(folder, aside).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(work, folder);
    await rm(aside, { recursive: true, force: true });
  }

  #toolsFor(recipe: Recipe, signal: AbortSignal): Tools {
    const total = recipe.files.reduce((sum, file) => sum + file.bytes, 0);
    const [only] = recipe.files;
    const what = recipe.files.length === 1 && only ? only.name : `${recipe.files.length} files`;
    const message = `${what}, ${formatBytes(total)} (${recipe.source})`;
    let done = 0;
    const onBytes = (bytes: number) => {
      done = Math.min(total, done + bytes);
      this.#listener({
        component: recipe.component,
        step: "download",
        message,
        bytes: { done, total },
      });
    };
    return {
      signal,
      obtain: async (file) => {
        this.say(recipe, "download", message);
        return this.#downloads.obtain(file, {
          signal,
          onBytes,
          onRetry: (reason) => this.say(recipe, "note", `${file.name}: ${reason}; trying again`),
        });
      },
      say: (step, message) => this.say(recipe, step, message),
      heavy: (work) =>
        this.#heavy(() => {
          signal.throwIfAborted();
          return work();
        }),
    };
  }
}
