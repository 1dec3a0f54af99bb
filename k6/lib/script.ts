import { test } from "k6/execution";
import type { Options } from "k6/options";
import type { Shape } from "./profiles.ts";
import { profiles, readSettings, type Settings } from "./settings.ts";
import { type Bound, thresholdsOf } from "./thresholds.ts";

export const settings: Settings = readSettings(__ENV);

/** What all scripts ask k6 for. The tag test_type tells the profiles apart where results are collected. */
export function commonOptions(bounds: readonly Bound[], shape: Shape): Options {
  return {
    thresholds: thresholdsOf(bounds, settings, shape),
    summaryTrendStats: ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)", "count"],
    tags: { test_type: settings.profile },
  };
}

/** The options of a script with one scenario, named after the profile. */
export function optionsOf(bounds: readonly Bound[], shape: Shape): Options {
  return { ...commonOptions(bounds, shape), scenarios: { [settings.profile]: shape.scenario } };
}

/**
 * Stops a run whose tag asks for another profile than the one that was chosen. The tag is known only now; Faultline's own
 * k6 makes the variable of it before a script is loaded, others do not.
 */
export function assertProfileOfTag(): void {
  const tag = test.options.tags?.test_type;
  if (tag === undefined || tag === settings.profile || !profiles.some((profile) => profile === tag)) return;
  test.abort(
    `--tag test_type=${tag} asks for another profile than ${settings.profile}: add -e PROFILE=${tag}, or use the k6 of \`faultline doctor\`, which takes the profile from the tag`,
  );
}
