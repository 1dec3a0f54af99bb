import { median } from "../util/median.ts";

/** A measured value at a time, in whatever unit the caller thinks in. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Whether values rise or fall over time, and how fast. */
export interface Trend {
  readonly points: number;
  /** The median of the slopes between all pairs of points (Theil 1950, Sen 1968), in y a x. */
  readonly slope: number;
  /** The confidence interval of the slope. */
  readonly low: number;
  readonly high: number;
  /** Two-sided significance by Mann-Kendall (Mann 1945, Kendall 1975): how likely such a trend is where there is none. */
  readonly p: number;
  /** The value at the last x, by the line through the medians. */
  readonly last: number;
}

/**
 * The trend of points with rising, distinct x. It assumes nothing of how values are distributed, and bears up to 29 % of wild ones. It
 * does assume that the points are independent: samples close in time are not, so take them farther apart than what makes the value swing.
 * Time and memory are quadratic in the points: {@link spread} them first.
 *
 * @param confidence of the interval, within (0, 1).
 * @throws RangeError for fewer than three points.
 */
export function trendOf(points: readonly Point[], confidence: number): Trend {
  if (points.length < 3) throw new RangeError(`a trend of ${points.length} points`);
  const { slopes, score } = compare(points);
  const variance = scoreVariance(points.map(({ y }) => y));
  // Sen's interval: so many slopes to either side of the median as the score may deviate by.
  const reach = normalQuantile((1 + confidence) / 2) * Math.sqrt(variance);
  const slope = median(slopes);
  const medianX = median(points.map(({ x }) => x));
  const medianY = median(points.map(({ y }) => y));
  return {
    points: points.length,
    slope,
    low: slopes[Math.max(0, Math.floor((slopes.length - reach) / 2) - 1)] ?? slope,
    high: slopes[Math.min(slopes.length - 1, Math.ceil((slopes.length + reach) / 2))] ?? slope,
    p: significance(score, variance),
    last: medianY + slope * ((points.at(-1)?.x ?? medianX) - medianX),
  };
}

/** At most `most` of `points`, evenly spread, the first and last among them. */
export function spread<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, n) => Math.round((n * (points.length - 1)) / (most - 1))).flatMap(
    (at) => points[at] ?? [],
  );
}

/** The slopes between all pairs, ascending, and Kendall's score: pairs that rise less pairs that fall. */
function compare(points: readonly Point[]): { slopes: Float64Array; score: number } {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let score = 0;
  let at = 0;
  for (const [n, later] of points.entries()) {
    for (let before = 0; before < n; before++) {
      const earlier = points[before] ?? later;
      const rise = later.y - earlier.y;
      score += Math.sign(rise);
      slopes[at++] = rise / (later.x - earlier.x);
    }
  }
  return { slopes: slopes.sort(), score };
}

/** The variance of Kendall's score where there is no trend, corrected for values that are equal (Kendall 1975). */
function scoreVariance(values: readonly number[]): number {
  const spreadOf = (n: number) => n * (n - 1) * (2 * n + 5);
  const ties = [...Map.groupBy(values, (value) => value).values()].map(({ length }) => spreadOf(length));
  return (spreadOf(values.length) - ties.reduce((sum, tie) => sum + tie, 0)) / 18;
}

function significance(score: number, variance: number): number {
  if (score === 0 || variance === 0) return 1;
  // A step towards zero, since the score is whole and the normal distribution is not.
  const z = (Math.abs(score) - 1) / Math.sqrt(variance);
  return 2 * (1 - normal(z));
}

/** The normal distribution function, to 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
function normal(z: number): number {
  if (z < 0) return 1 - normal(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = series.reduceRight((sum, factor) => (sum + factor) * t, 0);
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}

/** The inverse of {@link normal} for q of at least one half, by bisection. */
function normalQuantile(q: number): number {
  let low = 0;
  let high = 10;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normal(middle) < q) low = middle;
    else high = middle;
  }
  return low;
}
