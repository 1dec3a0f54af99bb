import { describePlan } from "../faults/schedule.ts";
import type { LoadedScenario } from "./load-scenarios.ts";
import { familyOf, nameOf } from "./scenario-name.ts";

/** What each scenario promises and does, by family, as a Markdown page: docs/scenarios.md is this. */
export function scenariosMarkdown(loaded: readonly LoadedScenario[]): string {
  const byFamily = Map.groupBy(loaded, ({ file }) => familyOf(file));
  const sections = [...byFamily].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    "# Scenarios",
    `${loaded.length} promises, each with what is done to break it. Written by \`./faultline list --markdown\`.`,
    ...sections.flatMap(([family, scenarios]) => [`## ${family}`, ...scenarios.map(sectionOf)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sectionOf({ file, scenario }: LoadedScenario): string {
  const { title, about, topology, workload, faults, checks, thresholds, suite } = scenario;
  const bounds = thresholds.map(({ phase, metric, bound }) => `${phase}: \`${metric} ${bound.expression}\``);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["topology", [topology.name]],
    ["workload", [workload.description]],
    ["faults", faults.flatMap(describePlan)],
    ["checks", checks.map(({ name }) => name)],
    ["thresholds", bounds],
  ];
  return [
    `### ${nameOf(file)}${suite === undefined ? "" : ` (${suite})`}`,
    `**${sentence(title)}**${about === undefined ? "" : ` ${about}`}`,
    rows
      .filter(([, values]) => values.length > 0)
      .map(([what, values]) => `- ${what}: ${values.join("; ")}`)
      .join("\n"),
  ].join("\n\n");
}

const sentence = (title: string): string => `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;
