/** The exact quantile (nearest rank) of samples in any order; `q` in 0..1. Undefined without a sample. */
export function quantile(samples: readonly number[], q: number): number | undefined {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}
