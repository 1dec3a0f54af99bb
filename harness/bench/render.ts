import pc from "picocolors";
import { table } from "../cli/table.ts";
import type { BenchmarkResult, ComparisonResult } from "./benchmark.ts";
import { type BoundResult, wantedFactor } from "./bounds.ts";
import type { Summary } from "./statistics.ts";
import type { Unit } from "./unit.ts";

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

/** All bounds of a run as a table for people, those that are reached too narrowly said so; nothing when there are none. */
export function renderBounds(bounds: readonly BoundResult[]): string {
  if (bounds.length === 0) return "";
  const header = ["  must hold", "bound", "measured", "factor to spare", "worst round"];
  const rows = bounds.map(({ what, unit, limit, measured, factor, worstFactor }) => [
    `  ${what}`,
    `< ${formatValue(limit, unit)}`,
    formatSummary(measured, unit),
    formatFactor(factor),
    formatFactor(worstFactor),
  ]);
  return [
    `${pc.bold("bounds")}: what must hold; ${wantedFactor} times to spare is wanted`,
    table([header.map((text) => pc.dim(text)), ...rows]),
    "",
  ].join("\n");
}

/** The factor; what is less than wanted stands out. */
function formatFactor(factor: number): string {
  if (factor < 1) return pc.red(`${formatRatio(factor)}, not held`);
  return factor < wantedFactor
    ? pc.yellow(`${formatRatio(factor)}, not ${wantedFactor}`)
    : formatRatio(factor);
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

/** A value with its unit, in about three digits: "0.42 ms", "6.1 s", "171 MiB", "212k/s", "38.5/s". */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
      return `${value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 0)} ms`;
    case "bytes":
      return `${(value / 2 ** 20).toFixed(0)} MiB`;
    case "events/s":
      return `${(value / 1_000).toFixed(0)}k/s`;
    case "ops/s":
      return `${value.toFixed(value < 100 ? 1 : 0)}/s`;
  }
}
