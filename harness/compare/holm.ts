/**
 * p-values of several tests, adjusted so that those at or below alpha may all be believed: the chance that any of them is false is at
 * most alpha, however the tests depend on each other (Holm 1979).
 * @param pValues in any order; the adjusted ones come in the same.
 */
export function holm(pValues: readonly number[]): number[] {
  const ascending = pValues.map((p, index) => ({ p, index })).sort((one, other) => one.p - other.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let greatest = 0;
  for (const [rank, { p, index }] of ascending.entries()) {
    greatest = Math.max(greatest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = greatest;
  }
  return adjusted;
}
