import { quantile } from "../util/quantile.ts";

/** What was sampled while one load window ran: a run of the load of some tens of seconds, against A or against B. */
export interface Window {
  /** For people: the file it was read from. */
  readonly name: string;
  /** Unix time of the first and of the last sample, in ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Latency samples in ms, by k6's name of the metric (`stt_status_duration`). */
  readonly latencies: ReadonlyMap<string, readonly number[]>;
  /** Requests or checks, and how many of them failed, by k6's name of the metric (`http_req_failed`, `checks`). */
  readonly failures: ReadonlyMap<string, { readonly failed: number; readonly total: number }>;
  /** Iterations of the script that were completed; a load of endless connections has none. */
  readonly iterations: number;
}

export const statistics = ["p(50)", "p(95)", "per second", "failed"] as const;

/** `p(50)`, `p(95)`: of latencies, in ms. `per second`: of iterations. `failed`: the share that failed, 0..1. */
export type Statistic = (typeof statistics)[number];

/** One number that a window is summed up by. */
export interface Measure {
  readonly metric: string;
  readonly statistic: Statistic;
  readonly value: number;
}

/** A window, summed up: all that is compared, and all that a baseline keeps. */
export interface WindowStatistics {
  readonly name: string;
  /** Unix time, in ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly measures: readonly Measure[];
}

/**
 * Sums a window up. Quantiles and not means, because latencies are skewed: the median says what a request costs, p95 what the slow ones
 * do. Nothing further out: of a window of some hundred samples the 99th percentile is the luck of a handful.
 */
export function summarise(window: Window): WindowStatistics {
  const durationMs = window.endedAt - window.startedAt;
  const measures: Measure[] = [];
  for (const [metric, samples] of window.latencies) {
    if (samples.length === 0) continue;
    const sorted = Float64Array.from(samples).sort();
    measures.push({ metric, statistic: "p(50)", value: quantile(sorted, 0.5) });
    measures.push({ metric, statistic: "p(95)", value: quantile(sorted, 0.95) });
  }
  if (durationMs > 0 && window.iterations > 0) {
    const value = window.iterations / (durationMs / 1_000);
    measures.push({ metric: "iterations", statistic: "per second", value });
  }
  for (const [metric, { failed, total }] of window.failures) {
    if (total > 0) measures.push({ metric, statistic: "failed", value: failed / total });
  }
  return { name: window.name, startedAt: window.startedAt, durationMs, measures };
}
