import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UsageError } from "../util/errors.ts";
import { readK6Window } from "./k6-json.ts";
import { summarise, type WindowStatistics } from "./window.ts";

/**
 * The windows of one side: a file of k6's JSON output is one window, a folder has one in each `.json` and `.gz`.
 * @throws UsageError when there is none, or one cannot be read.
 */
export async function readWindows(path: string): Promise<WindowStatistics[]> {
  const windows: WindowStatistics[] = [];
  // One at a time: the samples of one window are enough to hold.
  for (const file of await filesOf(path)) windows.push(summarise(await readK6Window(file)));
  return windows;
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch((error) => {
    throw new UsageError(
      `there are no windows at ${path}: ${messageOf(error)}`,
      "name a file that `k6 run --out json=FILE` wrote, or a folder of such files",
    );
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.(json|gz)$/.test(name)).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new UsageError(
    `there is no window in ${path}`,
    "a window is a .json or .json.gz that `k6 run --out json=FILE` wrote",
  );
}
