import pc from "picocolors";
import { table } from "../cli/table.ts";
import type { BenchmarkResult, ComparisonResult, Unit } from "./benchmark.ts";
import type { Summary } from "./statistics.ts";

/** A benchmark's result as a table for people. */
export function renderResult({ name, about, rounds, comparisons }: BenchmarkResult): string {
  const header = ["  measured", "ours", "baseline", "", "ours / baseline", "better"].map((text) =>
    pc.dim(text),
  );
  return [
    `${pc.bold(name)}: ${about}`,
    pc.dim(`  rounds: ${rounds}; shown: median (least - greatest)`),
    table([header, ...comparisons.map(row)]),
    "",
  ].join("\n");
}

function row({ what, unit, better, ours, baseline, ratio }: ComparisonResult): string[] {
  return [
    `  ${what}`,
    formatSummary(ours, unit),
    baseline ? formatSummary(baseline, unit) : "-",
    baseline ? baseline.name : "",
    ratio === undefined ? "" : formatRatio(ratio),
    better,
  ];
}

function formatSummary({ median, min, max }: Summary, unit: Unit): string {
  return `${formatValue(median, unit)} (${formatValue(min, unit)} - ${formatValue(max, unit)})`;
}

/** Two digits are as many as medians of a few rounds bear. */
const formatRatio = (ratio: number): string => (ratio < 100 ? ratio.toPrecision(2) : ratio.toFixed(0));

/** A value with its unit, in about three digits: "0.42 ms", "6.1 s", "171 MiB", "212k/s". */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
      return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
    case "bytes":
      return `${(value / 2 ** 20).toFixed(0)} MiB`;
    case "events/s":
      return `${(value / 1_000).toFixed(0)}k/s`;
  }
}
