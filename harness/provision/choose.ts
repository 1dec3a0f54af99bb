import { EnvironmentError, messageOf } from "../util/errors.ts";
import { CacheError } from "./cache.ts";
import { folderOf, type InstalledPart, type Installer, inspect, type Recipe, type Way } from "./install.ts";
import { type ComponentName, manifest } from "./manifest.ts";
import { goHint } from "./recipes/go.ts";
import { prometheusHint } from "./recipes/prometheus.ts";
import { ways } from "./recipes/ways.ts";

/**
 * The first way whose result is installed already; else the first that can be installed.
 * @param offered the preferred one first.
 * @throws EnvironmentError that tells what happened to each way.
 */
export async function installByFirstWay(
  installer: Installer,
  component: ComponentName,
  offered: readonly Way[] = ways[component],
): Promise<InstalledPart> {
  const recipes: Recipe[] = [];
  for (const way of offered) {
    const recipe = await way();
    if (recipe === undefined) continue;
    const found = await inspect(installer.cache, recipe);
    if (found.state === "installed")
      return { folder: folderOf(installer.cache, recipe), marker: found.marker };
    recipes.push(recipe);
  }
  const failures: unknown[] = [];
  for (const recipe of recipes) {
    try {
      return await installer.install(recipe);
    } catch (error) {
      installer.signal?.throwIfAborted();
      if (error instanceof CacheError) throw error;
      failures.push(error);
      if (recipe !== recipes.at(-1)) installer.say(recipe, "note", `${messageOf(error)}; trying another way`);
    }
  }
  const [only] = failures;
  if (failures.length === 1 && only instanceof EnvironmentError && only.hint !== undefined) throw only;
  const reasons = failures.map(messageOf).join("\n  ");
  const hint = hintFor(component);
  throw new EnvironmentError(
    reasons === "" ? `this machine offers no way to install ${component}` : reasons,
    { ...(hint === undefined ? {} : { hint }), cause: only },
  );
}

/** What to install, so that there is a way to come by a component. */
export function hintFor(component: ComponentName): string | undefined {
  if (component === "prometheus") return prometheusHint;
  return "go" in manifest[component] ? goHint : undefined;
}
