import type { Sample } from "../report/record.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { resultOf } from "./result.ts";
import type { SampleChecker } from "./sample-checker.ts";
import { spread, type Trend, trendOf } from "./trend.ts";
import type { Anomaly } from "./verdict.ts";

export interface LeakOptions {
  /** The metric of `samples.ndjson` (default `rss_bytes`). Every node, and every set of labels, is a series of its own. */
  readonly metric?: string;
  /** The nodes whose series are judged (default: all). */
  readonly nodes?: readonly string[];
  /** Samples of a series' first moments are left out, while caches fill (default 60 s). */
  readonly warmUp?: Duration;
  /** Growth that is borne, in the metric's unit an hour (default 0): a leak grows faster even at the interval's lower end. */
  readonly perHour?: number;
  /** Where the node breaks, in the metric's unit: the message then says in how many hours. */
  readonly limit?: number;
  /** Of the interval, and of the significance (default 0.99). */
  readonly confidence?: number;
}

/** How one series went, an hour being the unit of time. */
export interface LeakSlope extends Trend {
  /** `stt-1`, or the labels: `group=g topic=t`. */
  readonly series: string;
  /** Hours until the limit is reached at this slope; absent without a limit, or when the series does not rise. */
  readonly hoursToLimit?: number;
}

/** Fewer samples decide nothing: by chance alone ten points in a row may look like a line. */
const LEAST_SAMPLES = 30;

/** Of more samples so many are taken, evenly: pairs are quadratic, and neighbours in time say little new. */
const MOST_SAMPLES = 600;

const HOUR_NS = 3_600e9;

/**
 * The slope of each series of a metric after its warm-up, per hour.
 * @returns `short`: series with too few samples to say anything.
 */
export function leakSlopes(
  samples: readonly Sample[],
  options: LeakOptions = {},
): { slopes: LeakSlope[]; short: string[] } {
  const { metric = "rss_bytes", nodes, warmUp = "60s", confidence = 0.99, limit } = options;
  const slopes: LeakSlope[] = [];
  const short: string[] = [];
  const isMeant = (node: string | undefined) =>
    nodes === undefined || (node !== undefined && nodes.includes(node));
  const ofMetric = samples.filter((sample) => sample.metric === metric && isMeant(sample.node));
  for (const [series, all] of Map.groupBy(ofMetric, seriesOf)) {
    const from = (all[0]?.time ?? 0) + milliseconds(warmUp) * 1e6;
    const points = all
      .filter(({ time }) => time >= from)
      .map(({ time, value }) => ({ x: time / HOUR_NS, y: value }));
    if (points.length < LEAST_SAMPLES) {
      short.push(series);
      continue;
    }
    const trend = trendOf(spread(points, MOST_SAMPLES), confidence);
    const hoursToLimit =
      limit !== undefined && trend.slope > 0 ? Math.max(0, (limit - trend.last) / trend.slope) : undefined;
    slopes.push({ series, ...trend, ...(hoursToLimit === undefined ? {} : { hoursToLimit }) });
  }
  return { slopes, short };
}

/**
 * What grows and does not stop: `leak` for a series whose trend is significant (Mann-Kendall) and whose slope (Theil-Sen) exceeds
 * `perHour` even at the lower end of its confidence interval. Too few samples after the warm-up: inconclusive.
 */
export function leak(options: LeakOptions = {}): SampleChecker {
  const { metric = "rss_bytes", perHour = 0, confidence = 0.99 } = options;
  return {
    name: "leak",
    checkSamples(samples) {
      const { slopes, short } = leakSlopes(samples, options);
      const leaking = slopes.filter(({ p, low }) => p < 1 - confidence && low > perHour);
      return resultOf("leak", {
        anomalies: leaking.map((slope) => anomalyOf(slope, metric, confidence)),
        gaps: [
          ...(slopes.length + short.length === 0 ? [`${metric} was not sampled`] : []),
          ...(short.length > 0
            ? [`fewer than ${LEAST_SAMPLES} samples of ${metric} after the warm-up: ${short.join(", ")}`]
            : []),
        ],
        passedReason: `${metric} of ${slopes.length} series shows no significant growth beyond ${perHour} an hour`,
        counts: Object.fromEntries(
          slopes.flatMap(({ series, slope, low, high, points }) => [
            [`${series} per hour`, Math.round(slope)],
            [`${series} per hour, at least`, Math.round(low)],
            [`${series} per hour, at most`, Math.round(high)],
            [`${series} samples`, points],
          ]),
        ),
      });
    },
  };
}

/** No operation of the history shows a leak; the samples do. */
function anomalyOf(slope: LeakSlope, metric: string, confidence: number): Anomaly {
  const rounded = (value: number) => Math.round(value).toLocaleString("en");
  const limit =
    slope.hoursToLimit === undefined
      ? ""
      : `, and reaches its limit in ${formatDuration(slope.hoursToLimit * 3_600_000)}`;
  return {
    type: "leak",
    message:
      `${metric} of ${slope.series} grows by ${rounded(slope.slope)} an hour ` +
      `(${rounded(slope.low)} to ${rounded(slope.high)} at ${confidence * 100} % confidence, ${slope.points} samples)${limit}`,
    witnesses: [],
  };
}

function seriesOf({ node, labels = {} }: Sample): string {
  const named = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [...(node === undefined ? [] : [node]), ...named].join(" ");
}
