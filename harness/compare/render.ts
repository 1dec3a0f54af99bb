import { clean, newJunit } from "../report/junit-builder.ts";
import { escapeMarkdown, table } from "../report/markdown.ts";
import type { ComparedMeasure, Comparison, ComparisonVerdict } from "./comparison.ts";
import { formatChange, formatMeasure, formatPercent } from "./words.ts";

/** A verdict's sign, so that colour is never its only carrier. */
export const comparisonSign: Readonly<Record<ComparisonVerdict, string>> = {
  regression: "✕",
  inconclusive: "?",
  improvement: "↑",
  "no difference": "✓",
};

export const columns = ["", "Measure", "A", "B", "B against A", "95 % interval", "In words"] as const;

/** The cells of a measure, in the order of {@link columns}. */
export function cellsOf(measure: ComparedMeasure): string[] {
  const { metric, statistic, a, b, verdict, reason } = measure;
  const { estimate, interval } = formatChange(measure);
  return [
    `${comparisonSign[verdict]} ${verdict}`,
    `${metric} ${statistic}`,
    formatMeasure(statistic, a),
    formatMeasure(statistic, b),
    estimate,
    interval,
    reason,
  ];
}

/** What was compared and how, in one line. */
export function methodOf({ a, b, windows, layout, tolerance }: Comparison): string {
  const how =
    layout === "interleaved"
      ? `${windows.a} pairs of windows that took turns`
      : `${windows.a} windows of A and ${windows.b} of B`;
  return `A: ${a}. B: ${b}. ${how}; up to ${formatPercent(tolerance)} % counts as the same.`;
}

/** The comparison as Markdown, short enough for a comment on a pull request. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { verdict, reason, measures, notes } = comparison;
  const blocks = [
    `## ${comparisonSign[verdict]} ${verdict}: ${escapeMarkdown(reason)}`,
    table(columns, measures.map(cellsOf)),
    ...notes.map((note) => `> ${escapeMarkdown(note)}`),
    escapeMarkdown(methodOf(comparison)),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/**
 * The comparison as JUnit XML: one suite with a case for each measure. A regression is a failure, `inconclusive` is an error: a CI
 * server shows green only what is as good as it was, or better.
 */
export function comparisonJunit(comparison: Comparison): string {
  const builder = newJunit();
  const suite = builder.testSuite().name(clean(`compare ${comparison.a} with ${comparison.b}`));
  suite.property("method", clean(methodOf(comparison)));
  for (const measure of comparison.measures) {
    const { metric, statistic, a, b, verdict, reason } = measure;
    const { estimate, interval } = formatChange(measure);
    const test = suite
      .testCase()
      .className(clean(`compare.${metric}`))
      .name(clean(`${metric} ${statistic}`));
    const values = `A ${formatMeasure(statistic, a)}, B ${formatMeasure(statistic, b)}`;
    const details = clean([reason, `${values}; ${estimate} (${interval})`, ...comparison.notes].join("\n"));
    if (verdict === "regression") test.failure(clean(reason), verdict).stacktrace(details);
    else if (verdict === "inconclusive") test.error(clean(reason), verdict, details);
  }
  return builder.build();
}
