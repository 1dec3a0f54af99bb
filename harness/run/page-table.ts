import { readFileSync, writeFileSync } from "node:fs";
import { UsageError } from "../util/errors.ts";

/** A Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/**
 * Puts a table between the markers of a page (`<!-- NAME: begin -->`, `<!-- NAME: end -->`), in place of the one before.
 * @param made how it was made, in a sentence.
 * @throws UsageError when the page is not there, or has no markers.
 */
export function writeToPage(path: string, name: string, made: string, table: string): void {
  let page: string;
  try {
    page = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${String(cause)}`, "name a page that has the markers");
  }
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new UsageError(`${path} has no place for the table`, `mark it with two lines: ${begin} and ${end}`);
  }
  writeFileSync(path, `${page.slice(0, from)}${begin}\n\n${made}\n\n${table}\n\n${page.slice(to)}`);
}
