import { formatDuration } from "../util/duration.ts";
import type { MutantResult } from "./mutants.ts";
import { markdownTable } from "./page-table.ts";

/** Who caught which mutant, as a Markdown table. */
export function mutantsTable(results: readonly MutantResult[]): string {
  const rows = results.map((result) => [
    `\`${result.name}\``,
    result.mistake,
    result.title,
    result.caughtBy,
    `${result.caught} of ${result.runs}`,
    result.afterMs === undefined ? "–" : formatDuration(result.afterMs),
    [...shown(result.others), ...shown(result.undecided)].join(", "),
  ]);
  const head = ["mutant", "mistake", "promise it breaks", "checker", "caught", "after", "others"];
  return markdownTable(head, rows);
}

/** `threshold 3` */
const shown = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).map(([name, count]) => `${name} ${count}`);
