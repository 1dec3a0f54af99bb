import type { Unit } from "./panel.ts";
import type { WorstWindow } from "./record.ts";
import type { Outcome } from "./suite-record.ts";

/** A verdict's sign, so that colour is never its only carrier. */
export const verdictSign: Readonly<Record<Outcome, string>> = {
  passed: "✓",
  failed: "✕",
  inconclusive: "?",
  errored: "!",
  "not run": "–",
};

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A number as people read it: three significant digits below a hundred, whole and grouped above. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return whole.format(value);
  return String(Number(value.toPrecision(3)));
}

/** Nanoseconds on the run's axis as seconds: `41.32 s`. */
export function formatAxisTime(ns: number): string {
  return `${(ns / 1e9).toFixed(2)} s`;
}

/** `worst from 41 s to 51 s, route status` */
export function formatWorst({ from, to, route }: WorstWindow): string {
  const seconds = (ns: number) => `${formatNumber(Math.round(ns / 1e9))} s`;
  return `worst from ${seconds(from)} to ${seconds(to)}${route === undefined ? "" : `, route ${route}`}`;
}

/** A value in its unit; `–` for none. */
export function formatValue(value: number | null, unit: Unit): string {
  if (value === null) return "–";
  switch (unit) {
    case "MiB":
      return `${formatNumber(value)} MiB`;
    case "count":
      return formatNumber(value);
    case "%":
      return `${formatNumber(value)}%`;
    case "/s":
      return `${formatNumber(value)}/s`;
    case "ms":
      return value >= 10_000 ? `${formatNumber(value / 1_000)} s` : `${formatNumber(value)} ms`;
  }
}
