import { quantile } from "../util/quantile.ts";

/** Latency figures of a set of operations, in milliseconds. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Exact p50, p95, p99 and maximum; null of no values. Sorts `values` in place. */
export function summarise(values: Float32Array): LatencySummary | null {
  if (values.length === 0) return null;
  values.sort();
  return {
    p50: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}
