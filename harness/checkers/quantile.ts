import { quantile as quantileOfSorted } from "../util/quantile.ts";

/** The exact quantile (nearest rank) of samples in any order; `q` in 0..1. Undefined without a sample. */
export function quantile(samples: readonly number[], q: number): number | undefined {
  return samples.length === 0 ? undefined : quantileOfSorted(Float64Array.from(samples).sort(), q);
}
