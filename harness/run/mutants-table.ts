import { readFileSync, writeFileSync } from "node:fs";
import { formatDuration } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import type { MutantResult } from "./mutants.ts";

const markers = ["<!-- mutants: begin -->", "<!-- mutants: end -->"] as const;

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
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** `threshold 3` */
const shown = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).map(([name, count]) => `${name} ${count}`);

/**
 * Puts the table between the markers of a page, in place of the one before.
 * @throws UsageError when the page is not there, or has no markers.
 */
export function writeMutantsTable(path: string, results: readonly MutantResult[], made: string): void {
  let page: string;
  try {
    page = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${String(cause)}`, "name a page that has the markers");
  }
  const [begin, end] = markers;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new UsageError(`${path} has no place for the table`, `mark it with two lines: ${begin} and ${end}`);
  }
  const table = `${begin}\n\n${made}\n\n${mutantsTable(results)}\n\n`;
  writeFileSync(path, page.slice(0, from) + table + page.slice(to));
}
