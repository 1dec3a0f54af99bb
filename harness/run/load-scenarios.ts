import { existsSync } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf, UsageError } from "../util/errors.ts";
import type { Scenario } from "./scenario.ts";

/** A scenario with the file it came from, relative to the working directory. */
export interface LoadedScenario {
  readonly file: string;
  readonly scenario: Scenario;
}

const suffix = ".scenario.ts";

/** Broken services, which must fail: run only when a pattern names them. */
const mutants = "mutants";

/**
 * Loads the scenarios that patterns name: a file, a folder, a glob, or a part of a path ("leader", "ha/"). No pattern
 * means all of `scenarios/` but the mutants.
 * @throws UsageError when a pattern matches nothing, or a file does not load or exports no scenario.
 */
export async function loadScenarios(patterns: readonly string[]): Promise<LoadedScenario[]> {
  const files = new Set<string>();
  for (const pattern of patterns.length === 0 ? [scenariosFolder()] : patterns) {
    const matches = (await filesOf(pattern)).filter(
      (file) => pattern.includes(mutants) || !file.split("/").includes(mutants),
    );
    if (matches.length === 0) {
      throw new UsageError(
        `no scenario matches ${JSON.stringify(pattern)}`,
        "faultline list shows all of them",
      );
    }
    for (const file of matches) files.add(file);
  }
  return Promise.all([...files].sort().map(loadScenario));
}

/** The scenarios of the working directory, else those that came with Faultline. */
function scenariosFolder(): string {
  return existsSync("scenarios") ? "scenarios" : fileURLToPath(new URL("../../scenarios", import.meta.url));
}

async function filesOf(pattern: string): Promise<string[]> {
  const found = await stat(pattern).catch(() => undefined);
  if (found?.isFile()) return [relative(process.cwd(), resolve(pattern))];
  if (found?.isDirectory()) return collect(`${pattern}/**/*${suffix}`);
  const asGlob = (await collect(pattern)).filter((file) => file.endsWith(suffix));
  if (asGlob.length > 0) return asGlob;
  return (await collect(`${scenariosFolder()}/**/*${suffix}`)).filter((file) => file.includes(pattern));
}

async function collect(pattern: string): Promise<string[]> {
  const files = await Array.fromAsync(glob(pattern, { exclude: ["node_modules/**"] }));
  return files.map((file) => relative(process.cwd(), resolve(file))); // one name a file, however it was found
}

async function loadScenario(file: string): Promise<LoadedScenario> {
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new UsageError(
      `${file} does not load: ${messageOf(error)}`,
      "fix the file, or leave it out of the pattern",
    );
  }
  if (!isScenario(module.default)) {
    throw new UsageError(`${file} exports no scenario`, "write: export default scenario({ ... })");
  }
  return { file, scenario: module.default };
}

function isScenario(value: unknown): value is Scenario {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "scenario";
}
