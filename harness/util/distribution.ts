/**
 * Many values of which quantiles are wanted, in little room: counts in buckets whose bounds grow by a constant factor, so that a
 * quantile is off by half a percent at most. Distributions of the same factor merge by adding counts, whatever the order: DDSketch
 * (Masson, Rim, Lee: DDSketch, VLDB 2019, https://arxiv.org/abs/1908.10693), of values from 0 on.
 */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** `[index, count]` of each bucket that has any, ascending: bucket i has values in (γ^(i-1), γ^i], `null` those that are 0. */
  readonly buckets: readonly (readonly [number | null, number])[];
}

/** The largest relative error of a quantile. */
export const relativeError = 0.005;
const gamma = (1 + relativeError) / (1 - relativeError);
/** What is smaller counts as 0: a nanosecond, where values are milliseconds. */
const smallest = 1e-6;

/** Gathers values, and other distributions. */
export class DistributionBuilder {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  readonly #buckets = new Map<number | null, number>();

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#fill(value < smallest ? null : Math.ceil(Math.log(value) / Math.log(gamma)), 1);
  }

  merge({ count, sum, min, max, buckets }: Distribution): void {
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
    for (const [index, inBucket] of buckets) this.#fill(index, inBucket);
  }

  /** Undefined while there is no value. */
  build(): Distribution | undefined {
    if (this.#count === 0) return undefined;
    const order = (index: number | null) => index ?? Number.NEGATIVE_INFINITY;
    return {
      ...{ count: this.#count, sum: this.#sum, min: this.#min, max: this.#max },
      buckets: [...this.#buckets].sort(([a], [b]) => (order(a) < order(b) ? -1 : 1)),
    };
  }

  #fill(index: number | null, count: number): void {
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
  }
}

/** All values of several distributions; undefined when there are none. */
export function merged(distributions: Iterable<Distribution>): Distribution | undefined {
  const builder = new DistributionBuilder();
  for (const one of distributions) builder.merge(one);
  return builder.build();
}

/** The quantile by nearest rank, never outside the values themselves. @param q within [0, 1]. */
export function quantileOf({ count, min, max, buckets }: Distribution, q: number): number {
  const rank = Math.max(1, Math.ceil(q * count));
  if (rank === count) return max;
  let seen = 0;
  for (const [index, inBucket] of buckets) {
    seen += inBucket;
    if (seen < rank) continue;
    // The value in the bucket that is as far, relatively, from either end.
    const value = index === null ? 0 : (2 * gamma ** index) / (gamma + 1);
    return Math.min(max, Math.max(min, value));
  }
  return max;
}
