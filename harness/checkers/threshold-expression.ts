import { milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import { quantile } from "./quantile.ts";

/** What a metric is: durations in ms with many samples, a ratio of true among booleans, or one duration a fault. */
export type MetricKind = "trend" | "rate" | "duration";

/** A bound such as `p(95)<300`, ready to be judged. */
export interface Bound {
  readonly expression: string;
  /** The measured value in the bound's unit. Samples of a rate are 0 or 1. @param samples at least one. */
  measure(samples: readonly number[]): number;
  /** Whether a value, as `measure` returns it, keeps the bound. */
  keeps(value: number): boolean;
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
};

const average = (samples: readonly number[]) => samples.reduce((sum, n) => sum + n, 0) / samples.length;
const largest = (samples: readonly number[]) => samples.reduce((a, b) => Math.max(a, b));

const aggregations: Readonly<Record<string, (samples: readonly number[]) => number>> = {
  avg: average,
  rate: average,
  min: (samples) => samples.reduce((a, b) => Math.min(a, b)),
  med: (samples) => quantile(samples, 0.5) ?? 0,
  max: largest,
  count: (samples) => samples.length,
};

const allowed: Readonly<Record<MetricKind, { pattern: RegExp; examples: string }>> = {
  trend: {
    pattern: /^(avg|min|med|max|count|p\(\d+(\.\d+)?\))$/,
    examples: '"p(95)<300", "avg<100ms", "count>10"',
  },
  rate: { pattern: /^(rate|count)$/, examples: '"rate<0.05", "count>10"' },
  // One value a fault; the bound is kept when the worst keeps it.
  duration: { pattern: /^(max)?$/, examples: '"<10s"' },
};

/** An expression such as `p(95)<300`, taken apart. */
export interface Expression {
  /** Before the comparison: `p(95)`, `rate`; empty: none. */
  readonly aggregation: string;
  /** N of `p(N)`, else 0. */
  readonly percentile: number;
  readonly comparison: Comparison;
  /** In units of `unitMs`. */
  readonly limit: number;
  /** What a measured duration is divided by to be in the unit of the limit. */
  readonly unitMs: number;
  keeps(value: number): boolean;
}

export type Comparison = "<" | "<=" | ">" | ">=" | "==";

/** Takes an expression apart; undefined when it is none. */
export function parseExpression(expression: string): Expression | undefined {
  const [, aggregation, comparison, right] =
    /^\s*([a-z]*(?:\([\d.]+\))?)\s*(<=|>=|==|<|>)\s*(\S+)\s*$/.exec(expression) ?? [];
  const compare = comparisons[comparison ?? ""];
  const limit = parseLimit(right ?? "", aggregation !== "rate" && aggregation !== "count");
  const percentile = Number(/^p\(([\d.]+)\)$/.exec(aggregation ?? "")?.[1] ?? 0);
  if (aggregation === undefined || compare === undefined || limit === undefined || percentile > 100)
    return undefined;
  return {
    aggregation,
    percentile,
    comparison: comparison as Comparison,
    limit: limit.value,
    unitMs: limit.unitMs,
    keeps: (value) => compare(value, limit.value),
  };
}

/**
 * Reads a bound: an aggregation (`avg`, `min`, `med`, `max`, `p(N)`, `count`, `rate`; none for a duration), a
 * comparison, and a number (of ms, for durations) or a duration like `10s`.
 * @throws UsageError naming the expression, the metric, and how to write it.
 */
export function parseBound(expression: string, metric: string, kind: MetricKind): Bound {
  const parsed = parseExpression(expression);
  if (parsed === undefined || !allowed[kind].pattern.test(parsed.aggregation)) {
    throw new UsageError(
      `threshold ${JSON.stringify(expression)} of ${metric} cannot be understood`,
      `Write for example ${allowed[kind].examples}.`,
    );
  }
  const { aggregation, percentile, unitMs, keeps } = parsed;
  const aggregate =
    aggregations[aggregation || "max"] ??
    ((samples: readonly number[]) => quantile(samples, percentile / 100) ?? 0);
  return { expression, measure: (samples) => aggregate(samples) / unitMs, keeps };
}

/** `300` -> 300 in units of 1; `10s` -> 10 in units of 1000 ms, where durations make sense. */
function parseLimit(text: string, isDuration: boolean): { value: number; unitMs: number } | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === undefined || (unit !== undefined && !isDuration)) return undefined;
  return { value: Number(number), unitMs: unit === undefined ? 1 : milliseconds(`1${unit}`) };
}
