import { normalQuantile, type Point, type Trend, trendOf } from "./trend.ts";

/** How a series went. */
export type Course =
  /** No significant trend upwards. */
  | "still"
  /** It rises, and its end no slower than its beginning. */
  | "growing"
  /** It rises, and nothing shows that it goes on: its end is too short, or one step explains it as well. */
  | "unsure"
  /** It rises, ever more slowly: a cache that fills, a compiler that warms up. */
  | "levelling off"
  /** It rose once, and stayed as it was before and after: a pool that took one connection more. */
  | "step";

export interface Growth {
  readonly course: Course;
  /** Of the stretch that was judged: the longest one up to the end over which growth does not slow down. */
  readonly trend: Trend;
  /**
   * The smallest slope at which nine of ten such stretches would not have been `still`, by how much the values swing; in y a x.
   * At twice of it nine of ten are `growing`.
   */
  readonly visible: number;
}

/** A stretch with fewer points says too little of its halves. */
const leastPoints = 16;

/** The judged stretch may begin this late, as a share of the points. */
const beginnings = [0, 1 / 8, 1 / 4, 3 / 8, 1 / 2];

/**
 * How far apart the slopes of the halves must be to call it slowing down, in standard errors. Low, for to look at a later stretch only costs
 * some power, while a warm-up that is taken for a leak is a false alarm.
 */
const slowingFrom = 1;

/** And how much slower the second half must be: less is no levelling off, however sure. */
const slowedTo = 0.9;

/** How much better one must explain the values than the other, as {@link stepAdvantage}: ten is decisive, two is not nothing (Kass and Raftery 1995). */
const stepBetterBy = 10;
const lineWorseBy = 2;

/** Of the second half's growth: that it goes on is a second question about a series that is known to have grown. */
const confidenceOfGoingOn = 0.9;

/** The confidence at which half an interval is one standard error. */
const oneSigma = 0.6827;

/** Of ten slopes that are just visible, nine are seen. */
const power = 0.9;

/** A count that rises by one is a step, and so are two; that many are a trend. */
const leastIncrements = 6;

/**
 * Tells growth that goes on from growth that has an end. Significance alone would call every warm-up and every step a leak.
 * A warm-up whose time constant is up to a tenth of the points' span is taken for growth in at most one of twenty runs, at a fifth in up to
 * one of five; one of more than a third of the span looks like growth: leave it out as warm-up, or run longer.
 *
 * @param confidence of the trend's interval and significance.
 * @throws RangeError for fewer than three points.
 */
export function growthOf(points: readonly Point[], confidence: number): Growth {
  let stretch = points;
  let slowing = false;
  for (const share of beginnings) {
    const tail = points.slice(Math.floor(points.length * share));
    if (tail.length < leastPoints) break;
    stretch = tail;
    slowing = slowsDown(tail);
    if (!slowing) break;
  }
  const judged = courseOf(stretch, confidence);
  return slowing && judged.course === "growing" ? { ...judged, course: "levelling off" } : judged;
}

function courseOf(points: readonly Point[], confidence: number): Growth {
  const trend = trendOf(points, confidence);
  const rises = trend.p < 1 - confidence && trend.slope > 0;
  return {
    course: rises ? courseOfRise(points, trend) : "still",
    trend,
    visible: Math.max(visibleSlope(trend, confidence), leastIncrements * resolution(points)),
  };
}

function courseOfRise(points: readonly Point[], trend: Trend): Course {
  const advantage = stepAdvantage(points, trend);
  if (advantage > stepBetterBy) return "step";
  return advantage < lineWorseBy && goesOn(points) ? "growing" : "unsure";
}

function halves(points: readonly Point[], confidence: number, independent: boolean): [Trend, Trend] {
  const middle = Math.floor(points.length / 2);
  const of = (half: readonly Point[]) => trendOf(half, confidence, independent);
  return [of(points.slice(0, middle)), of(points.slice(middle))];
}

/** Whether the second half rises less than the first one. What bends makes neighbours alike, so they are taken for independent. */
function slowsDown(points: readonly Point[]): boolean {
  const [early, late] = halves(points, oneSigma, true);
  const error = Math.hypot(halfWidth(early), halfWidth(late));
  return (
    late.slope < slowedTo * early.slope && early.slope > 0 && early.slope - late.slope > slowingFrom * error
  );
}

/** Whether the second half rises as well, and not less than half as fast as the first one. */
function goesOn(points: readonly Point[]): boolean {
  if (points.length < leastPoints) return false;
  const [early, late] = halves(points, confidenceOfGoingOn, false);
  return late.low > 0 && late.slope >= early.slope / 2;
}

const halfWidth = ({ low, high }: Trend): number => (high - low) / 2;

/** How much better two levels explain the points than a line does, by least squares: n ln(squares of the line / of the levels). */
function stepAdvantage(points: readonly Point[], { slope }: Trend): number {
  const line = squares(points.map(({ x, y }) => y - slope * x));
  const ys = points.map(({ y }) => y);
  let levels = Number.POSITIVE_INFINITY;
  for (let at = 3; at <= ys.length - 3; at++) {
    levels = Math.min(levels, squares(ys.slice(0, at)) + squares(ys.slice(at)));
  }
  return line === 0 ? Number.NEGATIVE_INFINITY : points.length * Math.log(line / levels);
}

/** The sum of squared distances from the mean. */
function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function visibleSlope(trend: Trend, confidence: number): number {
  const z = normalQuantile((1 + confidence) / 2);
  return (halfWidth(trend) * (z + normalQuantile(power))) / z;
}

/** The slope of one increment in all: by the least difference of two values, and by one where all are equal. */
function resolution(points: readonly Point[]): number {
  const sorted = points.map(({ y }) => y).sort((a, b) => a - b);
  const differences = sorted.map((y, at) => y - (sorted[at - 1] ?? y)).filter((difference) => difference > 0);
  const span = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
  return differences.reduce((least, one) => Math.min(least, one), differences[0] ?? 1) / span;
}
