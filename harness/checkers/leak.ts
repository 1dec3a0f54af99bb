import type { Sample } from "../report/record.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { type Growth, growthOf } from "./growth.ts";
import { type Findings, resultOf } from "./result.ts";
import type { SampleChecker, SampleWatch } from "./sample-checker.ts";
import { type SampledLife, SampledLives } from "./sampled-lives.ts";
import type { Trend } from "./trend.ts";
import type { Anomaly } from "./verdict.ts";

export interface LeakOptions {
  /** The metric of `samples.ndjson` (default `rss_bytes`). Every node, and every set of labels, is a series of its own. */
  readonly metric?: string;
  /** The nodes whose series are judged (default: all). */
  readonly nodes?: readonly string[];
  /** Samples of the first moments of a series, and of a node's restarted process, are left out while caches fill (default 60 s). */
  readonly warmUp?: Duration;
  /** Growth that is borne, in the metric's unit an hour (default 0): a leak grows faster even at the interval's lower end. */
  readonly perHour?: number;
  /** Where the node breaks, in the metric's unit: the message then says in how many hours. */
  readonly limit?: number;
  /** Growth that the run must be able to show, in the metric's unit an hour: a run too short or too noisy for it is inconclusive. */
  readonly mustSee?: number;
  /** Of all series together, that none is called a leak which is none (default 0.99); each is judged by its share (Bonferroni). */
  readonly confidence?: number;
}

/** How one series went, an hour being the unit of time. */
export interface LeakSlope extends Trend, Pick<Growth, "course" | "visible"> {
  /** `stt-1`, or the labels: `group=g topic=t`. */
  readonly series: string;
  /** How many samples were judged, and how many make one of the trend's points. */
  readonly samples: number;
  readonly samplesAPoint: number;
  /** Hours until the limit is reached at this slope; absent without a limit, or when the series does not rise. */
  readonly hoursToLimit?: number;
}

/** What the series of a metric show so far. */
export interface LeakSlopes {
  readonly slopes: readonly LeakSlope[];
  /** Series with too few samples to say anything. */
  readonly short: readonly string[];
  /** Series with too few samples because they are there now and then only, beside others of their node that are judged. */
  readonly seldom: readonly string[];
}

/** What one metric shows. */
export interface LeakFindings extends Findings {
  /** What passed and is to be said all the same, one clause each. */
  readonly notes: readonly string[];
}

/** A metric that is watched, in bounded memory. */
export interface LeakWatch {
  add(sample: Sample): void;
  /** What all samples so far show. */
  findings(): LeakFindings;
}

/** Fewer samples decide nothing: by chance alone ten points in a row may look like a line. */
const leastSamples = 30;

const hourNs = 3_600e9;

/** The slope of each series of a metric after its warm-up, per hour. */
export function leakSlopes(samples: readonly Sample[], options: LeakOptions = {}): LeakSlopes {
  const lives = livesOf(options);
  for (const sample of samples) lives.add(sample);
  return slopesOf(lives, options);
}

/**
 * What grows and does not stop: `leak` for a series that is seen to grow to the end ({@link growthOf}) and whose slope (Theil-Sen) exceeds
 * `perHour` even at the lower end of its confidence interval. What levels off, or rose by a step, is none. Too few samples after the
 * warm-up (unless of what comes and goes), or growth of which it is open whether it goes on: inconclusive. The drain is not judged: what
 * grows by the request stands still then, and what is done with levels off.
 */
export function leak(options: LeakOptions = {}): SampleChecker {
  return leakChecker(() => {
    const watch = watchLeak(options);
    const soFar = () => {
      const found = watch.findings();
      return resultOf("leak", { ...found, passedReason: [found.passedReason, ...found.notes].join("; ") });
    };
    return { add: watch.add, soFar };
  });
}

/** Watches one metric. */
export function watchLeak(options: LeakOptions): LeakWatch {
  const lives = livesOf(options);
  return {
    add: (sample) => lives.add(sample),
    findings: () => judge(slopesOf(lives, options), options),
  };
}

/** The checker of what is watched under load. */
export function leakChecker(watchSamples: () => SampleWatch): SampleChecker {
  return {
    name: "leak",
    watchSamples,
    checkSamples(samples, phases = []) {
      const loadEndsAt = phases.find(({ name }) => name === "drain")?.from ?? Number.POSITIVE_INFINITY;
      const watch = watchSamples();
      for (const sample of samples) if (sample.time < loadEndsAt) watch.add(sample);
      return watch.soFar();
    },
  };
}

const livesOf = ({ metric = "rss_bytes", nodes, warmUp = "60s" }: LeakOptions): SampledLives =>
  new SampledLives(
    metric,
    milliseconds(warmUp),
    (node) => nodes === undefined || (node !== undefined && nodes.includes(node)),
  );

function slopesOf(sampled: SampledLives, { confidence = 0.99, limit }: LeakOptions): LeakSlopes {
  const [long, few] = [[], []] as [SampledLife[], SampledLife[]];
  for (const life of sampled.lives()) (life.blocks.samples >= leastSamples ? long : few).push(life);
  const judged = new Set(long.map(({ node }) => node));
  const isSeldom = ({ node, seldom }: SampledLife) => seldom && judged.has(node);
  const each = 1 - (1 - confidence) / Math.max(1, long.length);
  return {
    slopes: long.map((life) => slopeOf(life, each, limit)),
    short: few.filter((life) => !isSeldom(life)).map(({ series }) => series),
    seldom: few.filter(isSeldom).map(({ series }) => series),
  };
}

function slopeOf({ series, blocks }: SampledLife, confidence: number, limit: number | undefined): LeakSlope {
  const points = blocks.points.map(({ x, y }) => ({ x: x / hourNs, y }));
  const { course, trend, visible } = growthOf(points, confidence);
  const { samples, samplesAPoint } = blocks;
  const hoursToLimit =
    limit !== undefined && trend.slope > 0 ? Math.max(0, (limit - trend.last) / trend.slope) : undefined;
  const found = { series, samples, samplesAPoint, ...trend, course, visible };
  return { ...found, ...(hoursToLimit === undefined ? {} : { hoursToLimit }) };
}

function judge({ slopes, short, seldom }: LeakSlopes, options: LeakOptions): LeakFindings {
  const { metric = "rss_bytes", perHour = 0, mustSee } = options;
  const tooFast = slopes.filter(({ course, low }) => course !== "still" && low > perHour);
  const ofCourse = (...courses: Growth["course"][]) =>
    tooFast.filter(({ course }) => courses.includes(course));
  // As much beyond what is borne as beyond nothing: the interval's lower end is to be above it.
  const seen = ({ visible }: LeakSlope) => perHour + visible;
  const blind = mustSee === undefined ? [] : slopes.filter((slope) => seen(slope) > mustSee);
  const steps = ofCourse("step");
  return {
    anomalies: ofCourse("growing").map((slope) => anomalyOf(slope, metric)),
    gaps: [
      ...(slopes.length + short.length === 0 ? [`${metric} was not sampled`] : []),
      ...(short.length > 0
        ? [`fewer than ${leastSamples} samples of ${metric} after the warm-up: ${short.join(", ")}`]
        : []),
      ...ofCourse("unsure", "levelling off").map((slope) => openQuestion(slope, metric)),
      ...blind.map(
        (slope) =>
          `${metric} of ${slope.series} swings too much for so short a run: growth below ${rounded(seen(slope))} an hour would not be seen`,
      ),
    ],
    passedReason: [
      `${metric} of ${slopes.length} series shows no significant growth beyond ${perHour} an hour`,
      ...(slopes.length > 0
        ? [`from ${rounded(Math.max(...slopes.map(seen)))} an hour on it would have been seen in each`]
        : []),
    ].join("; "),
    notes: [
      ...(steps.length > 0 ? [`${steps.map(({ series }) => series).join(", ")}: rose once, by a step`] : []),
      ...(seldom.length > 0 ? [`there too seldom to be judged: ${seldom.join(", ")}`] : []),
    ],
    counts: Object.fromEntries(
      slopes.flatMap((slope) => [
        [`${slope.series} per hour`, toDigits(slope.slope)],
        [`${slope.series} per hour, at least`, toDigits(slope.low)],
        [`${slope.series} per hour, at most`, toDigits(slope.high)],
        [`${slope.series} per hour, smallest seen`, toDigits(seen(slope))],
        [`${slope.series} samples`, slope.samples],
      ]),
    ),
  };
}

const openQuestion = (slope: LeakSlope, metric: string): string =>
  slope.course === "levelling off"
    ? `${metric} of ${slope.series} ${grows(slope)}, ever more slowly: run longer, or set a longer warm-up`
    : `${metric} of ${slope.series} ${grows(slope)}, and whether that goes on this run is too short to say`;

/** No operation of the history shows a leak; the samples do. */
function anomalyOf(slope: LeakSlope, metric: string): Anomaly {
  const limit =
    slope.hoursToLimit === undefined
      ? ""
      : `, and reaches its limit in ${formatDuration(slope.hoursToLimit * 3_600_000)}`;
  return {
    type: "leak",
    message: `${metric} of ${slope.series} ${grows(slope)}${limit}`,
    witnesses: [],
  };
}

const grows = ({ slope, low, high, points, samples, confidence }: LeakSlope): string =>
  `grows by ${rounded(slope)} an hour (${rounded(low)} to ${rounded(high)} at ${percent(confidence)} confidence, ` +
  `${samples} samples in ${points} points)`;

const percent = (share: number): string => `${Number((share * 100).toPrecision(5))} %`;

const rounded = (value: number): string =>
  toDigits(value).toLocaleString("en", { maximumSignificantDigits: 21 });

/** Whole, or of three digits where the unit is large: seconds, shares. */
const toDigits = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
