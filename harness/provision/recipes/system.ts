import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { execute, findOnPath } from "../execute.ts";
import type { Recipe } from "../install.ts";
import type { ComponentName } from "../manifest.ts";

/**
 * A program that is already on this machine, when its version is one that is known to work. Installing it makes a
 * link, so that it is found like any other.
 * @param accepted what the first version number in the answer to `--version` must match.
 * @returns undefined when it is not on PATH, does not work or is of another version.
 */
export async function systemProgram(
  component: ComponentName,
  program: string,
  accepted: RegExp,
): Promise<Recipe | undefined> {
  const path = findOnPath(program);
  const version = path === undefined ? undefined : await versionOf(path);
  if (path === undefined || version === undefined || !accepted.test(version)) return undefined;
  return {
    component,
    part: component,
    version,
    source: path,
    determinants: [path, version],
    bytes: 0,
    files: [],
    fill: (folder) => symlink(path, join(folder, program)),
  };
}

/** The first version number a program prints when asked for its version. */
export async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execute(path, ["--version"], { timeoutMs: 20_000 });
    return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0];
  } catch {
    return undefined;
  }
}
