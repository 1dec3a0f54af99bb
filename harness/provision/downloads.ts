import { link, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import pRetry from "p-retry";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { type Cache, temporaryFolder } from "./cache.ts";
import { algorithmOf, digestOf } from "./digest.ts";
import { isDiskFull } from "./disk.ts";
import type { PinnedFile } from "./manifest.ts";
import { formatBytes } from "./progress.ts";
import type { Fetch, FetchOptions } from "./registry.ts";

const AT_ONCE = 6;
const RETRIES = 3;
const GIVE_UP_MS = 90_000;

/**
 * Files from registries, kept under their digest until they are forgotten, so that an interrupted installation
 * does not fetch again what it has.
 */
export class Downloads {
  readonly #cache: Cache;
  readonly #fetch: Fetch;
  readonly #firstDelayMs: number;
  readonly #limit = pLimit(AT_ONCE);

  /**
   * @param options.firstDelayMs the pause before the first retry; it doubles each time.
   */
  constructor(cache: Cache, options: { fetch?: Fetch; firstDelayMs?: number } = {}) {
    this.#cache = cache;
    this.#fetch = options.fetch ?? fetchFromRegistry;
    this.#firstDelayMs = options.firstDelayMs ?? 500;
  }

  /**
   * The path of a file whose digest has been verified, fetched if it is not here yet; at most six at once.
   * @throws EnvironmentError naming the file after the last retry, or at once when retrying cannot help.
   */
  async obtain(file: PinnedFile, options: FetchOptions = {}): Promise<string> {
    const kept = this.#pathOf(file);
    return this.#limit(async () => {
      options.signal?.throwIfAborted();
      if (await isIntact(kept, file)) {
        options.onBytes?.(file.bytes);
        return kept;
      }
      await rm(kept, { force: true });
      await this.#fetchWithRetries(file, kept, options);
      return kept;
    });
  }

  /** Removes files that are no longer needed. */
  async forget(files: readonly PinnedFile[]): Promise<void> {
    for (const file of files) await rm(this.#pathOf(file), { force: true });
  }

  #pathOf(file: PinnedFile): string {
    return join(this.#cache.downloads, file.digest.replace(":", "-"));
  }

  async #fetchWithRetries(file: PinnedFile, kept: string, options: FetchOptions): Promise<void> {
    try {
      await pRetry(() => this.#fetchOnce(file, kept, options), {
        retries: RETRIES,
        minTimeout: this.#firstDelayMs,
        maxRetryTime: GIVE_UP_MS,
        onFailedAttempt: ({ error, retriesLeft }) => {
          if (retriesLeft > 0 && isWorthRetrying(error))
            options.onRetry?.(messageOf(error).split("\n", 2).join(" "));
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        shouldRetry: ({ error }) => isWorthRetrying(error),
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof EnvironmentError || isDiskFull(error)) throw error;
      throw new EnvironmentError(
        `could not download ${file.name} (${file.origin.kind}, ${formatBytes(file.bytes)}): ${messageOf(error)}`,
        {
          hint: "Check the network and the registry's settings (proxy, mirror), then try again.",
          cause: error,
        },
      );
    }
  }

  async #fetchOnce(file: PinnedFile, kept: string, options: FetchOptions): Promise<void> {
    const folder = await temporaryFolder(this.#cache, "file");
    try {
      const fetched = await this.#fetch(file, folder, options);
      await verify(fetched, file);
      await rename(fetched, kept);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Loads the registries' clients only when something has to be fetched. */
const fetchFromRegistry: Fetch = async (file, folder, options) => {
  const { fetchFile } = await import("./fetch.ts");
  return fetchFile(file, folder, options);
};

/** Puts a kept file into a folder that is being filled, without copying its bytes. */
export const place = link;

const isWorthRetrying = (error: Error) => !isDiskFull(error) && !(error instanceof EnvironmentError);

async function isIntact(path: string, file: PinnedFile): Promise<boolean> {
  try {
    const { size } = await stat(path);
    return size === file.bytes && (await digestOf(path, algorithmOf(file.digest))) === file.digest;
  } catch {
    return false;
  }
}

async function verify(path: string, file: PinnedFile): Promise<void> {
  const got = await digestOf(path, algorithmOf(file.digest));
  if (got === file.digest) return;
  const { size } = await stat(path);
  throw new Error(
    `its content is not the pinned one and was deleted: wanted ${file.bytes} bytes with ${file.digest}, ` +
      `got ${size} bytes with ${got}`,
  );
}
