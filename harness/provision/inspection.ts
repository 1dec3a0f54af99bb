import type { Cache } from "./cache.ts";
import { folderOf, inspect, type Recipe } from "./install.ts";
import { findJava } from "./java.ts";
import { type ComponentName, manifest } from "./manifest.ts";
import { kafkaArchiveRecipe } from "./recipes/kafka-archive.ts";
import { postgresDataRecipe } from "./recipes/postgres.ts";
import { ways } from "./recipes/ways.ts";

/** A component as it is in the cache. */
export type ComponentReport =
  | { state: "installed"; version: string; source: string; folder: string }
  /** `installable` is false when this machine offers no way at all to come by it. */
  | { state: "missing"; what: string; installable: boolean }
  | { state: "corrupt"; problem: string };

/** Looks at everything that is installed for a component and reads every byte of it; changes nothing. */
export async function inspectComponent(cache: Cache, name: ComponentName): Promise<ComponentReport> {
  const report = await inspectWays(cache, name);
  if (report.state !== "installed") return report;
  const derived = await derivedRecipe(name, report.folder, report.version);
  if (derived === undefined) return report;
  const found = await inspect(cache, derived, "all");
  if (found.state === "corrupt") return found;
  return found.state === "installed" ? report : { state: "missing", what: derived.part, installable: true };
}

async function inspectWays(cache: Cache, name: ComponentName): Promise<ComponentReport> {
  let problem: string | undefined;
  let installable = false;
  for (const way of ways[name]) {
    const recipe = await way();
    if (recipe === undefined) continue;
    installable = true;
    const found = await inspect(cache, recipe, "all");
    if (found.state === "installed") {
      const { version, source } = found.marker;
      return { state: "installed", version, source, folder: folderOf(cache, recipe) };
    }
    if (found.state === "corrupt") problem ??= found.problem;
  }
  return problem === undefined
    ? { state: "missing", what: name, installable }
    : { state: "corrupt", problem };
}

/** What is made from an installed component on this machine. */
async function derivedRecipe(
  name: ComponentName,
  folder: string,
  version: string,
): Promise<Recipe | undefined> {
  if (name === "postgres") return postgresDataRecipe(folder, version);
  if (name !== "kafka") return undefined;
  const java = await findJava(manifest.kafka.java).catch(() => undefined); // Its absence has its own row.
  return java && kafkaArchiveRecipe(folder, java);
}
