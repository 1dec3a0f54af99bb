import { UsageError } from "../util/errors.ts";
import { measureKinds } from "./measure-kind.ts";
import type { Statistic, WindowStatistics } from "./window.ts";

/** The values of one measure, window by window; of interleaved windows, `a[i]` and `b[i]` are a pair. */
export interface Samples {
  readonly metric: string;
  readonly statistic: Statistic;
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Why they cannot be compared. */
  readonly problem?: string;
}

interface Sides {
  readonly a: readonly WindowStatistics[];
  readonly b: readonly WindowStatistics[];
}

/**
 * What is compared: the latencies that the script itself measures (`stt_status_duration`; where there are none,
 * `http_req_duration`), iterations a second, and what failed. The phases that k6 times of every request are left out: fifteen more
 * measures that say the same, and each makes every other one harder to believe.
 * @param metrics instead of these, by k6's names.
 * @throws UsageError when a side has no windows, or neither side has a metric that was asked for, or any.
 */
export function samplesOf(sides: Sides, metrics?: readonly string[]): Samples[] {
  for (const [side, windows] of Object.entries(sides)) {
    if (windows.length === 0) throw new UsageError(`there are no windows of ${side.toUpperCase()}`);
  }
  const known = new Map<string, { metric: string; statistic: Statistic }>();
  for (const { measures } of [...sides.a, ...sides.b]) {
    for (const { metric, statistic } of measures) known.set(`${metric} ${statistic}`, { metric, statistic });
  }
  const chosen = choose([...known.values()], metrics);
  return chosen
    .map(({ metric, statistic }) => valuesOf(sides, metric, statistic))
    .sort((one, other) => order(one) - order(other));
}

function choose<M extends { metric: string; statistic: Statistic }>(
  known: readonly M[],
  metrics: readonly string[] | undefined,
): M[] {
  const names = [...new Set(known.map(({ metric }) => metric))].sort();
  const unknown = metrics?.find((metric) => !names.includes(metric));
  if (unknown !== undefined) {
    throw new UsageError(`no window has the metric ${unknown}`, `there are ${names.join(", ")}`);
  }
  if (metrics !== undefined) return known.filter(({ metric }) => metrics.includes(metric));
  const isLatency = ({ statistic }: M) => measureKinds[statistic].unit === "ms";
  const ownLatencies = known.some((measure) => isLatency(measure) && !builtIn.has(measure.metric));
  const chosen = known.filter((measure) =>
    !isLatency(measure)
      ? true
      : ownLatencies
        ? !builtIn.has(measure.metric)
        : measure.metric === "http_req_duration",
  );
  if (chosen.length > 0) return chosen;
  throw new UsageError("the windows have nothing to compare", "name metrics of theirs with --metric");
}

function valuesOf({ a, b }: Sides, metric: string, statistic: Statistic): Samples {
  const values = { a: valuesIn(a, metric, statistic), b: valuesIn(b, metric, statistic) };
  const problem = problemOf("A", values.a, a, statistic) ?? problemOf("B", values.b, b, statistic);
  const measured = (side: readonly (number | undefined)[]) => side.filter((value) => value !== undefined);
  return {
    metric,
    statistic,
    a: measured(values.a),
    b: measured(values.b),
    ...(problem === undefined ? {} : { problem }),
  };
}

const valuesIn = (windows: readonly WindowStatistics[], metric: string, statistic: Statistic) =>
  windows.map(
    ({ measures }) =>
      measures.find((measure) => measure.metric === metric && measure.statistic === statistic)?.value,
  );

function problemOf(
  side: string,
  values: readonly (number | undefined)[],
  windows: readonly WindowStatistics[],
  statistic: Statistic,
): string | undefined {
  if (values.every((value) => value === undefined)) return `${side} has no sample of it`;
  const missing = values.indexOf(undefined);
  if (missing !== -1) return `window ${windows[missing]?.name} of ${side} has no sample of it`;
  if (measureKinds[statistic].scale !== "ratio") return undefined;
  const zero = values.findIndex((value) => value !== undefined && value <= 0);
  return zero === -1 ? undefined : `it is 0 in window ${windows[zero]?.name} of ${side}: there is no ratio`;
}

/** What failed first, then latencies, then throughput: a service that refuses fast is not faster. */
const order = ({ statistic }: Samples): number =>
  statistic === "failed" ? 0 : statistic === "per second" ? 2 : 1;

/** Trends that k6 itself records (https://grafana.com/docs/k6/latest/using-k6/metrics/reference/). */
const builtIn: ReadonlySet<string> = new Set([
  "iteration_duration",
  "group_duration",
  ...["blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving", "duration"].map(
    (part) => `http_req_${part}`,
  ),
  ...["connecting", "session_duration", "ping"].map((part) => `ws_${part}`),
  ...["grpc_req_duration", "grpc_streams"],
  ...["lcp", "fcp", "fid", "inp", "ttfb", "cls"].map((vital) => `browser_web_vital_${vital}`),
  "browser_http_req_duration",
]);
