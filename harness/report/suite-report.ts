import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../util/errors.ts";
import { loadIndexStyle, renderIndex } from "./html/index-page.ts";
import { suiteJunitXml } from "./junit.ts";
import type { RunRecord } from "./record.ts";
import { suiteMarkdown } from "./suite-markdown.ts";
import type { SuiteRecord } from "./suite-record.ts";

/** What {@link writeSuiteReport} wrote, and what it could not. */
export interface SuiteReport {
  readonly index: string;
  /** One sentence for each part that is missing. */
  readonly problems: readonly string[];
}

/**
 * Writes `index.html`, `suite.json`, `junit.xml` and `summary.md` into a suite's folder. It may be repeated, as the suite
 * goes on. A part that cannot be written is told, and the others are.
 * @param runs the records by the names of their folders, which lie beside the suite's.
 */
export async function writeSuiteReport(
  folder: string,
  record: SuiteRecord,
  runs: ReadonlyMap<string, RunRecord>,
): Promise<SuiteReport> {
  const index = join(folder, "index.html");
  const parts: readonly [string, () => string | Promise<string>][] = [
    ["suite.json", () => `${JSON.stringify(record, null, 2)}\n`],
    ["index.html", async () => renderIndex(record, await loadIndexStyle())],
    ["junit.xml", () => suiteJunitXml(record.rows, runs)],
    ["summary.md", () => suiteMarkdown(record)],
  ];
  const written = await Promise.all(
    parts.map(async ([name, text]) => {
      try {
        await writeFile(join(folder, name), await text());
        return [];
      } catch (error) {
        return [`the suite's ${name} could not be written: ${messageOf(error)}`];
      }
    }),
  );
  return { index, problems: written.flat() };
}
