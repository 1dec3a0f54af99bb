import type { Statistic } from "./window.ts";

/** What a comparison comes to. `inconclusive`: too noisy, or too few windows, to say any of the others. */
export type ComparisonVerdict = "regression" | "inconclusive" | "improvement" | "no difference";

/** `interleaved`: the windows took turns, so they are compared pair by pair. `apart`: they did not. */
export type Layout = "interleaved" | "apart";

/** How B compares with A: B / A, or for shares that failed B - A. */
export interface Change {
  /** The Hodges-Lehmann estimate. */
  readonly estimate: number;
  /** The 95 % confidence interval, of this measure alone; null when there are too few windows for one. */
  readonly low: number | null;
  readonly high: number | null;
}

/** One measure of A and of B. */
export interface ComparedMeasure {
  readonly metric: string;
  readonly statistic: Statistic;
  /** The median over the windows; null where it was not measured. */
  readonly a: number | null;
  readonly b: number | null;
  readonly change: Change | null;
  /**
   * The effect size, -1..1: in how many more of the comparisons of a window of B with one of A it was the worse (Cliff's delta; of
   * interleaved windows, within the pairs: Cliff 1993).
   */
  readonly dominance: number | null;
  /** The p-value of "not worse by more than is tolerated", adjusted for all measures. */
  readonly pWorse: number | null;
  /** The p-value of "not better by more than is tolerated", likewise. */
  readonly pBetter: number | null;
  readonly verdict: ComparisonVerdict;
  /** Why, in words. */
  readonly reason: string;
}

/** A compared with B. */
export interface Comparison {
  readonly verdict: ComparisonVerdict;
  /** In one sentence. */
  readonly reason: string;
  readonly a: string;
  readonly b: string;
  readonly layout: Layout;
  readonly windows: { readonly a: number; readonly b: number };
  /** How much worse or better counts as the same: 0.05 is 5 %. */
  readonly tolerance: number;
  readonly measures: readonly ComparedMeasure[];
  /** What to know before trusting it. */
  readonly notes: readonly string[];
}
