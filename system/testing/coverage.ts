/** Whether the tests cover enough of the system: `node system/testing/coverage.ts`, after `c8` (see `npm test`). */
import { readFileSync } from "node:fs";
import { matchesGlob, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const counts = z.object({ total: z.number(), covered: z.number() });
const fileCoverage = z.object({ lines: counts, branches: counts });

/** What c8's reporter `json-summary` writes: by file, and in all. */
export const coverageSummary = z.record(z.string(), fileCoverage);
export type CoverageSummary = z.infer<typeof coverageSummary>;

type Kind = keyof z.infer<typeof fileCoverage>;

/** A part of the system, and how many per cent of it must be covered. */
export interface Area {
  readonly name: string;
  /** Globs, from the root of the repository. */
  readonly files: readonly string[];
  readonly bounds: Readonly<Partial<Record<Kind, number>>>;
}

/** What is asked of each. */
export const areas: readonly Area[] = [
  { name: "service", files: ["system/*.ts", "system/{api,live}/**"], bounds: { lines: 90 } },
  { name: "pipeline", files: ["system/pipeline/**"], bounds: { lines: 85 } },
  { name: "consumer", files: ["system/messaging/**"], bounds: { lines: 80 } },
  { name: "lock", files: ["system/coordination/processor-lock.ts"], bounds: { lines: 95 } },
  { name: "Daglo provider", files: ["system/provider/**"], bounds: { lines: 90 } },
  { name: "cache", files: ["system/coordination/status-*.ts"], bounds: { lines: 95 } },
  { name: "system", files: ["system/**"], bounds: { lines: 90, branches: 85 } },
];

/** One measure of an area, in per cent. */
export interface Measure {
  readonly area: string;
  readonly kind: Kind;
  readonly measured: number;
  readonly bound: number;
}

/**
 * Measures areas against their bounds.
 * @param root the repository: what the summary's absolute paths are below.
 * @throws Error when an area has no file: its bound would hold for ever.
 */
export function measure(summary: CoverageSummary, root: string, of: readonly Area[] = areas): Measure[] {
  const files = Object.entries(summary).map(([path, coverage]) => ({ path: relative(root, path), coverage }));
  return of.flatMap(({ name, files: globs, bounds }) => {
    const own = files.filter(({ path }) => globs.some((glob) => matchesGlob(path, glob)));
    if (own.length === 0) throw new Error(`coverage: no file is in the area "${name}" (${globs.join(", ")})`);
    return (["lines", "branches"] as const).flatMap((kind) => {
      const bound = bounds[kind];
      if (bound === undefined) return [];
      const sum = (part: "total" | "covered") =>
        own.reduce((all, { coverage }) => all + coverage[kind][part], 0);
      return [{ area: name, kind, measured: (100 * sum("covered")) / sum("total"), bound }];
    });
  });
}

export const isBelow = ({ measured, bound }: Measure): boolean => measured < bound;

/** A line for the eye. Cut, not rounded, so that 94.99 does not pass for 95. */
export function line(one: Measure): string {
  const percent = (Math.floor(one.measured * 10) / 10).toFixed(1).padStart(6);
  const verdict = isBelow(one) ? "  BELOW" : "";
  return `${one.area.padEnd(15)} ${one.kind.padEnd(9)} ${percent} % of at least ${one.bound} %${verdict}`;
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const summary = coverageSummary.parse(
    JSON.parse(readFileSync(`${root}coverage/coverage-summary.json`, "utf8")),
  );
  const measures = measure(summary, root);
  console.log(`Coverage (by file: coverage/index.html)\n${measures.map(line).join("\n")}`);
  if (measures.some(isBelow)) {
    console.error(
      "coverage: an area is below its bound; add tests that can fail, or delete code nobody needs",
    );
    process.exitCode = 1;
  }
}
