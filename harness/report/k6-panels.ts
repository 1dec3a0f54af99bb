import { quantileOf } from "../util/distribution.ts";
import type { TimeAxis } from "./axis.ts";
import type { K6Series, TrendSeries } from "./k6-series.ts";
import type { LineSeries, LinesPanel } from "./panel.ts";

const nsPerSecond = 1e9;

/** Metrics and routes that the reader may pick from; each is three lines of numbers in the page. */
const mostGroups = 24;

const percentiles = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
] as const;

/** What k6 measured, as charts on the axis of the run; none where there was no k6. */
export function k6Panels(series: K6Series, axis: TimeAxis): LinesPanel[] {
  const trends = series.trends();
  const counts = series.counts();
  const rates = series.rates();
  const gauges = series.gauges();
  if (trends.length === 0 && counts.size === 0 && gauges.size === 0) return [];
  const perSecond = (values: readonly (number | null)[] | undefined) =>
    values?.map((sum) => (sum === null ? null : sum / Math.max(1, axis.step / nsPerSecond)));
  return [
    ...latencyPanel(trends),
    ...panel("k6-throughput", "k6: throughput", "What k6 began, by the second in which it did.", "/s", [
      line("requests", 0, "mean", perSecond(counts.get("http_reqs"))),
      line("iterations", 1, "mean", perSecond(counts.get("iterations"))),
    ]),
    ...panel("k6-errors", "k6: errors", "The share that failed, of what was begun then.", "%", [
      ...[...rates]
        .filter(([name]) => name !== "checks") // its share is of what was right
        .map(([name, values], index) => line(name, index === 0 ? 11 : index, "max", values)),
    ]),
    ...panel(
      "k6-users",
      "k6: users",
      "Virtual users at work, and arrivals that were dropped because none was free. k6's own dashboard is k6-dashboard.html, beside this page.",
      "count",
      [
        line("users", 0, "max", gauges.get("vus")),
        line("dropped iterations", 11, "max", counts.get("dropped_iterations")),
        line("offered a second", 2, "max", gauges.get("offered_rate")),
      ],
    ),
  ];
}

function latencyPanel(trends: readonly TrendSeries[]): LinesPanel[] {
  if (trends.length === 0) return [];
  return [
    {
      kind: "lines",
      id: "k6-latency",
      title: "k6: latency",
      note: "Percentiles of what k6 measured (to half a percent; logarithmic), requests by when they were sent.",
      unit: "ms",
      log: true,
      groups: trends.slice(0, mostGroups).map(({ metric, route, values }) => ({
        label: route === undefined ? metric : `${metric}, ${route}`,
        series: percentiles.map(([label, q], color) => ({
          ...{ label, color, fold: "max" as const },
          values: values.map((one) => (one === undefined ? null : short(quantileOf(one, q)))),
        })),
      })),
    },
  ];
}

function line(
  label: string,
  color: number,
  fold: LineSeries["fold"],
  values: readonly (number | null)[] | undefined,
): LineSeries[] {
  return values === undefined
    ? []
    : [{ label, color, fold, values: values.map((value) => (value === null ? null : short(value))) }];
}

function panel(
  id: string,
  title: string,
  note: string,
  unit: LinesPanel["unit"],
  lines: readonly (readonly LineSeries[])[],
): LinesPanel[] {
  const series = lines.flat();
  if (series.length === 0) return [];
  return [{ kind: "lines", id, title, note, unit, groups: [{ label: "", series }] }];
}

/** Four significant digits, as everywhere in the charts. */
const short = (value: number): number => Number(value.toPrecision(4));
