import pc from "picocolors";
import type { Comparison, ComparisonVerdict } from "../compare/comparison.ts";
import { cellsOf, columns, methodOf } from "../compare/render.ts";
import { exitCodes } from "../util/errors.ts";
import { table } from "./table.ts";

/** The exit code of each verdict. */
export const comparisonCodes: Readonly<Record<ComparisonVerdict, number>> = {
  regression: exitCodes.thresholds,
  inconclusive: exitCodes.inconclusive,
  improvement: exitCodes.passed,
  "no difference": exitCodes.passed,
};

const colours: Readonly<Record<ComparisonVerdict, (text: string) => string>> = {
  regression: pc.red,
  inconclusive: pc.yellow,
  improvement: pc.green,
  "no difference": pc.green,
};

/** Prints each measure, the verdict, and how it was come to. */
export function printComparison(comparison: Comparison): void {
  const { verdict, reason, measures, notes } = comparison;
  const rows = measures.map((measure) => {
    const [said = "", ...rest] = cellsOf(measure);
    return [colours[measure.verdict](said), ...rest];
  });
  console.log(table([columns.map((column) => pc.dim(column)), ...rows]));
  console.log(`\n${colours[verdict](pc.bold(verdict.toUpperCase()))}  ${reason}`);
  for (const note of [methodOf(comparison), ...notes]) console.log(`  ${note}`);
}
