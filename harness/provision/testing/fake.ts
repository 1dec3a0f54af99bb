import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cache, cacheAt, prepareCache } from "../cache.ts";
import { Downloads } from "../downloads.ts";
import type { Recipe } from "../install.ts";
import type { PinnedFile } from "../manifest.ts";
import type { Fetch } from "../registry.ts";

/** A prepared, empty cache in a folder of its own, removed with it. */
export async function temporaryCache(): Promise<Cache & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), "faultline-cache-"));
  const cache = cacheAt(root);
  await prepareCache(cache);
  return {
    ...cache,
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A pinned file whose right content is `content`. */
export function pinned(content: string, name = "thing.jar"): PinnedFile {
  const digest = createHash("sha256").update(content).digest("hex");
  return {
    name,
    bytes: content.length,
    digest: `sha256:${digest}`,
    origin: { kind: "maven", coordinate: "a:b:1" },
  };
}

/** A registry that gives these answers in turn (an Error is thrown), and counts. */
export function fakeRegistry(...answers: (string | Error)[]): { fetch: Fetch; readonly fetched: string[] } {
  const fetched: string[] = [];
  return {
    fetched,
    async fetch(file, folder) {
      const answer = answers[Math.min(fetched.length, answers.length - 1)] ?? new Error("no answer");
      fetched.push(file.name);
      if (answer instanceof Error) throw answer;
      const path = join(folder, file.name);
      await writeFile(path, answer);
      return path;
    },
  };
}

/** Downloads from a fake registry, which retry at once. */
export const downloadsFrom = (cache: Cache, registry: { fetch: Fetch }) =>
  new Downloads(cache, { fetch: registry.fetch, firstDelayMs: 1 });

/** A recipe that writes the downloaded file's content to `program`, or fills the folder as it is told. */
export function fakeRecipe(file: PinnedFile, changes: Partial<Recipe> = {}): Recipe {
  return {
    component: "redis",
    part: "thing",
    version: "1.0",
    source: "a test",
    determinants: file,
    bytes: 1_000,
    files: [file],
    async fill(folder, { obtain }) {
      await writeFile(join(folder, "program"), await readFile(await obtain(file)));
    },
    ...changes,
  };
}
