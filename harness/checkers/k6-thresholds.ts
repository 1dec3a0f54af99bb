import type { Phase } from "../history/event.ts";
import type { Sample, ThresholdResult, WorstWindow } from "../report/record.ts";
import { type Distribution, merged, quantileOf } from "../util/distribution.ts";
import { milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import { type Expression, parseExpression } from "./threshold-expression.ts";

/**
 * A bound on a metric of k6 in one phase: `"k6.stt_status_duration": "p(95)<300"`, of one route
 * `"k6.http_req_duration{name:status}"`. `"... within 10s"` has to hold in every ten seconds of the phase, not only in all of it: a mean
 * over minutes hides a bad end.
 */
export interface K6Bound {
  readonly kind: "k6";
  /** As written, with its window. */
  readonly expression: string;
  /** As k6 names it. */
  readonly metric: string;
  /** Only requests of this route. */
  readonly route?: string;
  readonly bound: Expression;
  /** Absent: the whole phase. */
  readonly windowSeconds?: number;
}

const nsPerSecond = 1e9;

const aggregations = /^(avg|min|med|max|count|rate|value|p\(\d+(\.\d+)?\))$/;
const examples = '"p(95)<300", "rate<0.05 within 10s", "count<=10", "value>=2"';

/** Counters of k6 itself: without a sample nothing has happened, and that is known. */
const alwaysCounted: ReadonlySet<string> = new Set(["http_reqs", "iterations", "dropped_iterations"]);

/** Whether a threshold is on a metric of k6. */
export const isOfK6 = (metric: string): boolean => metric.startsWith("k6.");

/** @throws UsageError naming the metric or the expression, and how to write it. */
export function parseK6Bound(metric: string, expression: string): K6Bound {
  const [, name, route] = /^k6\.([a-zA-Z_]\w*)(?:\{name:([^{}]+)\})?$/.exec(metric) ?? [];
  if (name === undefined) {
    throw new UsageError(
      `thresholds name a metric of k6 that cannot be understood: ${JSON.stringify(metric)}`,
      'Write "k6.http_req_duration", or of one route "k6.http_req_duration{name:status}".',
    );
  }
  const [, plain = "", within] = /^(.*?)(?:\s+within\s+(\S+))?$/.exec(expression.trim()) ?? [];
  const bound = parseExpression(plain);
  const windowSeconds = within === undefined ? undefined : secondsOf(within);
  if (bound === undefined || !aggregations.test(bound.aggregation) || Number.isNaN(windowSeconds)) {
    throw new UsageError(
      `threshold ${JSON.stringify(expression)} of ${metric} cannot be understood`,
      `Write for example ${examples}; a window is of whole seconds.`,
    );
  }
  return {
    kind: "k6",
    expression,
    metric: name,
    bound,
    ...(route === undefined ? {} : { route }),
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
  };
}

/** NaN for what is no window. */
function secondsOf(text: string): number {
  try {
    const seconds = milliseconds(text) / 1_000;
    return Number.isInteger(seconds) && seconds > 0 ? seconds : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

/**
 * Judges a bound by what k6 measured in a phase, second by second. Percentiles are off by half a percent at most. Without a sample
 * it is inconclusive; windows without one are passed over, unless there is no other.
 */
export function checkK6Threshold(
  samples: readonly Sample[],
  { phase, metric, bound }: { readonly phase: Phase; readonly metric: string; readonly bound: K6Bound },
): ThresholdResult {
  const result = { phase, metric, bound: bound.expression };
  const inPhase = samples.filter(({ metric: name, labels }) => isOfK6(name) && labels?.phase === phase);
  const own = inPhase.filter(
    ({ metric: name, labels }) =>
      name === `k6.${bound.metric}` && (bound.route === undefined || labels?.name === bound.route),
  );
  const bySecond = Map.groupBy(own, ({ time }) => time);
  const none = whenNone(own, bound);
  const windows = windowsOf(inPhase, bound.windowSeconds).flatMap((window) => {
    const inside = secondsIn(window).flatMap((second) => bySecond.get(second) ?? []);
    const measured =
      inside.length === 0 ? none : measure(inside, bound.bound, (window.to - window.from) / nsPerSecond);
    return measured === undefined ? [] : [{ window, inside, measured }];
  });
  const worst = windows.reduce<(typeof windows)[number] | undefined>(
    (bad, one) => (bad === undefined || isWorse(bound.bound, one.measured, bad.measured) ? one : bad),
    undefined,
  );
  if (worst === undefined) return { ...result, verdict: "inconclusive" };
  const { measured, window, inside } = worst;
  const verdict = bound.bound.keeps(measured) ? "passed" : "failed";
  if (bound.windowSeconds === undefined) return { ...result, actual: measured, verdict };
  const route = worstRoute(inside, bound, bound.windowSeconds);
  const named: WorstWindow = { ...window, ...(route === undefined ? {} : { route }) };
  return { ...result, actual: measured, worst: named, verdict };
}

/**
 * The windows of a phase, one from each of its seconds on: the phase is as long as k6 tells anything of it, and it tells of its users
 * every second. A phase that is shorter is one window.
 */
function windowsOf(inPhase: readonly Sample[], seconds: number | undefined): { from: number; to: number }[] {
  if (inPhase.length === 0) return [];
  const times = inPhase.map(({ time }) => time);
  const first = times.reduce((a, b) => Math.min(a, b));
  const end = times.reduce((a, b) => Math.max(a, b)) + nsPerSecond;
  const length = (seconds ?? Number.POSITIVE_INFINITY) * nsPerSecond;
  if (end - first <= length) return [{ from: first, to: end }];
  const count = Math.round((end - first - length) / nsPerSecond) + 1;
  return Array.from({ length: count }, (_, index) => {
    const from = first + index * nsPerSecond;
    return { from, to: from + length };
  });
}

/** When each of a window's seconds begins. */
const secondsIn = ({ from, to }: { readonly from: number; readonly to: number }): number[] =>
  Array.from({ length: Math.round((to - from) / nsPerSecond) }, (_, second) => from + second * nsPerSecond);

/**
 * What a window without a sample measures: 0 of what is counted, if it has samples elsewhere in the phase or k6 counts it in any case;
 * else nothing. A route that nobody has asked for may be misspelt.
 */
function whenNone([sample]: readonly Sample[], { metric, route, bound }: K6Bound): number | undefined {
  const { aggregation } = bound;
  if (sample === undefined) {
    const counts = aggregation === "count" || aggregation === "rate";
    return alwaysCounted.has(metric) && route === undefined && counts ? 0 : undefined;
  }
  const type = sample.labels?.type;
  const counts = aggregation === "count" ? type !== "gauge" : aggregation === "rate" && type === "counter";
  return counts ? 0 : undefined;
}

/** In the unit of the bound; undefined: the metric has no such aggregation. @param samples one at least. */
function measure(
  samples: readonly Sample[],
  { aggregation, percentile, unitMs }: Expression,
  seconds: number,
): number | undefined {
  const values = samples.map(({ value }) => value);
  switch (samples[0]?.labels?.type) {
    case "counter": {
      const sum = values.reduce((a, b) => a + b, 0);
      return aggregation === "count" ? sum : aggregation === "rate" ? sum / seconds : undefined;
    }
    case "gauge": {
      const last = values.at(-1);
      if (last === undefined) return undefined;
      if (aggregation === "min") return values.reduce((a, b) => Math.min(a, b)) / unitMs;
      if (aggregation === "max") return values.reduce((a, b) => Math.max(a, b)) / unitMs;
      return aggregation === "value" ? last / unitMs : undefined;
    }
    case "rate": {
      const all = merged(distributionsOf(samples));
      if (all === undefined) return undefined;
      return aggregation === "rate" ? all.sum / all.count : aggregation === "count" ? all.count : undefined;
    }
    default: {
      const all = merged(distributionsOf(samples));
      const value = all === undefined ? undefined : aggregateOf(all, aggregation, percentile);
      return value === undefined ? undefined : value / unitMs;
    }
  }
}

function aggregateOf(all: Distribution, aggregation: string, percentile: number): number | undefined {
  switch (aggregation) {
    case "avg":
      return all.sum / all.count;
    case "min":
    case "max":
    case "count":
      return all[aggregation];
    case "med":
      return quantileOf(all, 0.5);
    default:
      return aggregation.startsWith("p(") ? quantileOf(all, percentile / 100) : undefined;
  }
}

const distributionsOf = (samples: readonly Sample[]): Distribution[] =>
  samples.flatMap(({ distribution }) => distribution ?? []);

/** The route that is worst by itself; undefined for what has no routes. */
function worstRoute(samples: readonly Sample[], bound: K6Bound, seconds: number): string | undefined {
  let worst: { readonly route: string; readonly measured: number } | undefined;
  for (const [route, own] of Map.groupBy(samples, ({ labels }) => labels?.name)) {
    const measured = measure(own, bound.bound, seconds);
    if (route === undefined || measured === undefined) continue;
    if (worst === undefined || isWorse(bound.bound, measured, worst.measured)) worst = { route, measured };
  }
  return worst?.route;
}

/** Whether a value is farther on the wrong side than another. */
function isWorse({ comparison, limit }: Expression, one: number, other: number): boolean {
  if (comparison.startsWith("<")) return one > other;
  if (comparison.startsWith(">")) return one < other;
  return Math.abs(one - limit) > Math.abs(other - limit);
}

/** The sample that keeps how k6 judged a threshold of its script. */
export const ownThresholdMetric = "k6_threshold";

/** What k6 itself judged by the thresholds of its script, over all that it did. One without a sample is inconclusive here, as every other. */
export function ownK6Thresholds(samples: readonly Sample[]): ThresholdResult[] {
  return samples
    .filter(({ metric }) => metric === ownThresholdMetric)
    .map(({ value, labels = {} }) => ({
      phase: "run",
      metric: `k6.${labels.metric ?? "?"}`,
      bound: labels.bound ?? "?",
      ...(labels.actual === undefined ? {} : { actual: Number(labels.actual) }),
      verdict: labels.samples === "none" ? "inconclusive" : value === 1 ? "passed" : "failed",
    }));
}
