/** By how much B is above A, as far as ranks say: nothing is assumed of how values are distributed. */
export interface Shift {
  /** The Hodges-Lehmann estimate: the median of all contrasts between B and A. */
  readonly estimate: number;
  /**
   * The exact confidence interval of the shift that goes with the test.
   * @param alpha how often it may miss the shift, both sides together, within (0, 1).
   * @returns undefined when there are too few windows for any interval of this confidence.
   */
  interval(alpha: number): { readonly low: number; readonly high: number } | undefined;
  /** The exact one-sided p-value of "the shift is not above `bound`": small when it is above. */
  above(bound: number): number;
  /** The exact one-sided p-value of "the shift is not below `bound`": small when it is below. */
  below(bound: number): number;
}

/**
 * Wilcoxon's signed-rank test (Wilcoxon 1945), as a test of every possible shift at once: that the shift is t is judged by how many
 * Walsh averages (d[i] + d[j]) / 2, i <= j, are above t (Tukey 1949; Hollander, Wolfe and Chicken 2014, ch. 3).
 *
 * @param differences B less A, one for each pair. Its null distribution needs each difference to be as likely d as -d. Where a coin
 * decided which of the pair came first, that is so by design when A and B are the same, whatever the noise (Fisher 1935).
 * @throws RangeError for no differences.
 */
export function signedRank(differences: readonly number[]): Shift {
  if (differences.length === 0) throw new RangeError("no pairs to compare");
  const contrasts = differences.flatMap((one, i) => differences.slice(i).map((other) => (one + other) / 2));
  return shiftOf(contrasts, signedRankDistribution(differences.length));
}

/**
 * The Mann-Whitney U test (Mann and Whitney 1947), as a test of every possible shift at once: that the shift is t is judged by how many
 * of the differences b[i] - a[j] are above t (Hollander, Wolfe and Chicken 2014, ch. 4). It takes all windows for independent.
 * @throws RangeError when a side has no value.
 */
export function rankSum(a: readonly number[], b: readonly number[]): Shift {
  if (a.length === 0 || b.length === 0) throw new RangeError("nothing to compare");
  const contrasts = b.flatMap((above) => a.map((below) => above - below));
  return shiftOf(contrasts, rankSumDistribution(a.length, b.length));
}

/**
 * @param distribution the probability of each count of contrasts above the shift, when it is the shift. Contrasts that equal a bound
 * speak for neither side, which errs towards saying nothing.
 */
function shiftOf(contrasts: readonly number[], distribution: Float64Array): Shift {
  const sorted = Float64Array.from(contrasts).sort();
  const atLeast = tailOf(distribution);
  const p = (count: number) => atLeast[count] ?? 0;
  const at = (place: number) => sorted[place] ?? Number.NaN;
  const middle = sorted.length / 2;
  return {
    estimate: (at(Math.ceil(middle) - 1) + at(Math.floor(middle))) / 2,
    above: (bound) => p(sorted.reduce((count, value) => count + (value > bound ? 1 : 0), 0)),
    below: (bound) => p(sorted.reduce((count, value) => count + (value < bound ? 1 : 0), 0)),
    interval(alpha) {
      // The innermost contrast that so many lie beyond that chance alone would do it in alpha / 2 of all cases, or fewer.
      let beyond = 0;
      while (beyond < middle && p(sorted.length - beyond) <= alpha / 2) beyond++;
      return beyond === 0 ? undefined : { low: at(beyond - 1), high: at(sorted.length - beyond) };
    },
  };
}

/** P(count >= k) for each k. Summed from the far end, where the small numbers are. */
function tailOf(distribution: Float64Array): Float64Array {
  const tail = distribution.slice();
  for (let k = tail.length - 2; k >= 0; k--) tail[k] = (tail[k] ?? 0) + (tail[k + 1] ?? 0);
  return tail;
}

/** P(W = w) of the signed-rank statistic of `n` pairs: rank k is added or not, as a coin falls. */
function signedRankDistribution(n: number): Float64Array {
  const probability = new Float64Array((n * (n + 1)) / 2 + 1);
  probability[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let w = (rank * (rank + 1)) / 2; w >= 0; w--) {
      const without = probability[w] ?? 0;
      probability[w] = (without + (w >= rank ? (probability[w - rank] ?? 0) : 0)) / 2;
    }
  }
  return probability;
}

/**
 * P(U = u) of the Mann-Whitney statistic. The greatest of all values is one of b, and so above all of a, with probability
 * b / (a + b); what remains is the same question, one value smaller.
 */
function rankSumDistribution(a: number, b: number): Float64Array {
  // By the number of values of b, for as many of a as the loop has come to.
  let rows = Array.from({ length: b + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= a; i++) {
    const next = [Float64Array.of(1)];
    for (let j = 1; j <= b; j++) {
      const fromB = next[j - 1] ?? new Float64Array();
      const fromA = rows[j] ?? new Float64Array();
      const probability = new Float64Array(i * j + 1);
      for (let u = 0; u <= i * j; u++) {
        const greatestOfB = u >= i ? (fromB[u - i] ?? 0) : 0;
        probability[u] = (j * greatestOfB + i * (fromA[u] ?? 0)) / (i + j);
      }
      next.push(probability);
    }
    rows = next;
  }
  return rows[b] ?? Float64Array.of(1);
}
