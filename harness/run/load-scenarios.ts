import { existsSync } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf, UsageError } from "../util/errors.ts";
import type { Scenario, Variants } from "./scenario.ts";

/** A scenario with the file it came from, relative to the working directory; a variant with its name after that: `file#name`. */
export interface LoadedScenario {
  readonly file: string;
  readonly scenario: Scenario;
}

const suffix = ".scenario.ts";

/** Folders of scenarios that run only when a pattern names them, for they must fail, or may: broken services, others' libraries. */
const onlyByName = ["mutants", "clients"];

/**
 * Loads the scenarios that patterns name: a file, a folder, a glob, or a part of a path ("leader", "ha/"); with `#name` after it, the
 * variants of that name. No pattern means all of `scenarios/` but the mutants and the clients.
 * @throws UsageError when a pattern matches nothing, or a file does not load or exports no scenario.
 */
export async function loadScenarios(patterns: readonly string[]): Promise<LoadedScenario[]> {
  const found = new Map<string, LoadedScenario>();
  for (const pattern of patterns.length === 0 ? [scenariosFolder()] : patterns) {
    const [path = "", variant] = pattern.split("#");
    const files = (await filesOf(path)).filter((file) =>
      onlyByName.every((folder) => path.includes(folder) || !file.split("/").includes(folder)),
    );
    const loaded = (await Promise.all(files.map(loadFile))).flat();
    const matches = loaded.filter(({ file }) => variant === undefined || file.endsWith(`#${variant}`));
    if (matches.length === 0) {
      throw new UsageError(
        `no scenario matches ${JSON.stringify(pattern)}`,
        "faultline list shows all of them",
      );
    }
    for (const one of matches) found.set(one.file, one);
  }
  return [...found.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
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

async function loadFile(file: string): Promise<LoadedScenario[]> {
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new UsageError(
      `${file} does not load: ${messageOf(error)}`,
      "fix the file, or leave it out of the pattern",
    );
  }
  const exported = module.default;
  if (is<Scenario>(exported, "scenario")) return [{ file, scenario: exported }];
  if (is<Variants>(exported, "variants"))
    return Object.entries(exported.scenarios).map(([name, scenario]) => ({
      file: `${file}#${name}`,
      scenario,
    }));
  throw new UsageError(`${file} exports no scenario`, "write: export default scenario({ ... })");
}

function is<T extends Scenario | Variants>(value: unknown, kind: T["kind"]): value is T {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}
