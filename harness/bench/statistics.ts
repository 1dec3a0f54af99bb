/** What is told about a series of measurements. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/**
 * Median, least and greatest. Medians, because one disturbed measurement must not move the result.
 * @throws RangeError for no values at all, or one that is not a number.
 */
export function summarise(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    min: quantile(values, 0),
    max: quantile(values, 1),
    count: values.length,
  };
}

/**
 * The quantile `q` (0..1), interpolated between neighbours.
 * @throws RangeError for no values at all, or one that is not a number.
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined || sorted.some(Number.isNaN)) {
    throw new RangeError(`no quantile of ${sorted.length === 0 ? "nothing" : "values that are no numbers"}`);
  }
  return below + (above - below) * (position - Math.floor(position));
}
