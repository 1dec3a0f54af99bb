/**
 * The exact quantile by nearest rank: the smallest value that at least `q` of all values do not exceed.
 * `sorted` is ascending and not empty; `q` is within (0, 1].
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const rank = Math.max(1, Math.ceil(q * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError(`no quantile ${q} of ${sorted.length} values`);
  return value;
}
