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
  readonly confidence: number;
  /** Two-sided significance by Mann-Kendall (Mann 1945, Kendall 1975): how likely such a trend is where there is none. */
  readonly p: number;
  /** The value at the last x, by the line through the medians. */
  readonly last: number;
  /** How alike neighbours are once the slope is taken out (lag-1, corrected for its bias); 0 where that may be chance. */
  readonly autocorrelation: number;
}

/**
 * The trend of points with rising, distinct, about evenly spaced x. It assumes nothing of how values are distributed, and bears up to 29 %
 * of wild ones. Neighbours that are alike say less than strangers: the variance of the score, and with it the interval, is that of so many
 * points as would say as much if they were independent (Yue and Wang 2004, with the residuals for a first-order process). Only ever fewer:
 * points that alternate do not count as more. It is one coefficient, not the whole autocorrelation function (Hamed and Rao 1998), because the
 * sum over many lags of a short series is mostly noise, and as often too small as too large; what swings slower than the points are apart is
 * to be folded into blocks first (`BlockSeries`). Time and memory are quadratic in the points.
 *
 * @param confidence of the interval, within (0, 1).
 * @param independent takes neighbours for independent, however alike they are.
 * @throws RangeError for fewer than three points.
 */
export function trendOf(points: readonly Point[], confidence: number, independent = false): Trend {
  if (points.length < 3) throw new RangeError(`a trend of ${points.length} points`);
  const { slopes, score } = compare(points);
  const slope = median(slopes);
  const autocorrelation = independent ? 0 : lagOne(points.map(({ x, y }) => y - slope * x));
  const z = normalQuantile((1 + confidence) / 2);
  const variance = scoreVariance(points.map(({ y }) => y)) * inflation(points.length, autocorrelation, z);
  // Sen's interval: so many slopes to either side of the median as the score may deviate by.
  const reach = z * Math.sqrt(variance);
  const medianX = median(points.map(({ x }) => x));
  const medianY = median(points.map(({ y }) => y));
  return {
    points: points.length,
    slope,
    low: slopes[Math.max(0, Math.floor((slopes.length - reach) / 2) - 1)] ?? slope,
    high: slopes[Math.min(slopes.length - 1, Math.ceil((slopes.length + reach) / 2))] ?? slope,
    p: significance(score, variance),
    last: medianY + slope * ((points.at(-1)?.x ?? medianX) - medianX),
    autocorrelation,
    confidence,
  };
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
  const ties = [...Map.groupBy(values, (value) => value).values()];
  return (
    independentVariance(values.length) -
    ties.reduce((sum, { length }) => sum + independentVariance(length), 0)
  );
}

/** The variance of the score of n values that all differ. */
const independentVariance = (n: number): number => (n * (n - 1) * (2 * n + 5)) / 18;

/**
 * The autocorrelation of neighbours, never below zero, and 0 where chance alone would bring as much (one-sided, 5 %). Corrected for what
 * taking out a line takes from it: (n r + 2) / (n - 4) (van Giersbergen 2005, in Hamed 2009, J. Hydrol. 368).
 */
function lagOne(residuals: readonly number[]): number {
  const n = residuals.length;
  const mean = residuals.reduce((sum, value) => sum + value, 0) / n;
  let [products, squares] = [0, 0];
  for (const [at, value] of residuals.entries()) {
    squares += (value - mean) ** 2;
    products += (value - mean) * ((residuals[at + 1] ?? mean) - mean);
  }
  if (squares === 0 || products / squares < 1.645 / Math.sqrt(n)) return 0;
  return n > 4 ? Math.min(0.99, ((n * products) / squares + 2) / (n - 4)) : products / squares;
}

/**
 * However alike neighbours are, a series is worth so many independent points: a rise without a single fall is one, whatever bends it. That a
 * process without trend swings so slowly that it only rises in a run, no test can tell from one; runs are to be longer than that.
 */
const leastIndependent = 8;

/**
 * How many times the variance is that of independent values: 1 + 2 Σ (1 - k/n) r^k (Bayley and Hammersley 1946).
 * @param z of the confidence: where one series of many is judged by its share of the doubt, eight independent points would be too few for it.
 */
function inflation(n: number, r: number, z: number): number {
  let sum = 0;
  for (let lag = 1; lag < n; lag++) sum += (1 - lag / n) * r ** lag;
  const riseWithoutFall = (n * (n - 1)) / 2;
  const bearable = (0.99 * (riseWithoutFall - 1) ** 2) / (z ** 2 * independentVariance(n));
  return Math.min(1 + 2 * sum, Math.max(1, Math.min(n / leastIndependent, bearable)));
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

/** The inverse of the normal distribution function for q of at least one half, by bisection. */
export function normalQuantile(q: number): number {
  let low = 0;
  let high = 10;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normal(middle) < q) low = middle;
    else high = middle;
  }
  return low;
}
