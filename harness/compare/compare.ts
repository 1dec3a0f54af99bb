/**
 * Tells a regression from noise.
 *
 * The unit of observation is the **window**, never the request. Requests of one run are not independent: they share its queues,
 * caches, collections of garbage and whatever else the machine did at the time. A test over requests takes thousands of them for
 * thousands of independent witnesses, so that with enough of them any two runs of the same program differ "significantly" (Kalibera and
 * Jones 2013, Rigorous Benchmarking in Reasonable Time: repeat at the level where the variation arises; Georges, Buytaert and Eeckhout
 * 2007, Statistically Rigorous Java Performance Evaluation). So each window is summed up in a few numbers (./window.ts), and those
 * are compared:
 *
 * - **Interleaved** windows by pairs of neighbours in time, with Wilcoxon's signed-rank test: drift that both of a pair share cancels,
 *   and with the order of each pair drawn (./interleave.ts) an A/A comparison is false no more often than stated, whatever the noise.
 * - Windows that ran **apart** (a baseline) with the Mann-Whitney test. It cannot tell a change of the program from one of the machine
 *   in between, so twice as much is tolerated, and a note says so.
 *
 * The change is B / A (the Hodges-Lehmann shift of the logarithms) with the exact interval of the test. Ranks, because one window with
 * a pause in it must not move the result; and nothing is resampled, so that the same files always get the same verdict.
 *
 * Verdicts of a measure:
 *
 * - `regression`: worse by **more than the tolerance**, at a one-sided level of 2.5 % for all measures together (Holm 1979). A
 *   difference that is real and too small to matter is none.
 * - `improvement`: better by more than the tolerance, likewise.
 * - `no difference`: the 95 % interval lies within the tolerance: equivalence by two one-sided tests (Schuirmann 1987). It is not the
 *   absence of a significant difference, which noise alone can achieve. Not adjusted: that **all** measures are equivalent is claimed
 *   only when each one is, which is no likelier to be wrong than one (Berger 1982).
 * - `inconclusive`: none of these; it says how many windows more may decide.
 */
import { median } from "../util/median.ts";
import type { Change, ComparedMeasure, Comparison, ComparisonVerdict, Layout } from "./comparison.ts";
import { holm } from "./holm.ts";
import { fromCost, type MeasureKind, measureKinds, toCost } from "./measure-kind.ts";
import { fewestWindows, moreWindows } from "./more-windows.ts";
import { interleavedPairs } from "./pairs.ts";
import { rankSum, type Shift, signedRank } from "./rank-tests.ts";
import { type Samples, samplesOf } from "./samples.ts";
import type { WindowStatistics } from "./window.ts";
import { changeInWords, formatPercent, rangeInWords } from "./words.ts";

/** The one-sided level: of a false regression in any measure, of a false improvement, and of each end of an interval. */
const alpha = 0.025;

/** How much worse or better counts as the same. */
export const defaultTolerance: Readonly<Record<Layout, number>> = { interleaved: 0.05, apart: 0.1 };

/** Of shares that failed: one percentage point. */
const failedTolerance = 0.01;

/** One side of a comparison. */
export interface ComparedSide {
  /** For people. */
  readonly name: string;
  readonly windows: readonly WindowStatistics[];
}

/**
 * Compares B with A.
 * @param options.metrics only these, by k6's names; otherwise those of {@link samplesOf}.
 * @param options.tolerance how much worse or better counts as the same, 0.05 being 5 %.
 * @throws UsageError when there is nothing to compare, or a metric was asked for that neither side has.
 */
export function compareWindows(
  a: ComparedSide,
  b: ComparedSide,
  options: { readonly metrics?: readonly string[] | undefined; readonly tolerance?: number | undefined } = {},
): Comparison {
  const turns = interleavedPairs(a.windows, b.windows);
  const layout: Layout = turns === undefined ? "apart" : "interleaved";
  const tolerance = options.tolerance ?? defaultTolerance[layout];
  const sides =
    turns === undefined
      ? { a: a.windows, b: b.windows }
      : { a: turns.pairs.map((pair) => pair.a), b: turns.pairs.map((pair) => pair.b) };
  const measures = judge(samplesOf(sides, options.metrics), layout, tolerance);
  const verdict = worstOf(measures);
  return {
    verdict,
    reason: reasonOf(verdict, measures, tolerance),
    a: a.name,
    b: b.name,
    layout,
    windows: { a: sides.a.length, b: sides.b.length },
    tolerance,
    measures,
    notes: [
      ...(turns === undefined ? [apartNote] : []),
      ...(turns?.left === undefined
        ? []
        : [`The last window, ${turns.left.name}, has no partner and is left out.`]),
    ],
  };
}

const apartNote =
  "A and B did not take turns: whatever else changed between them, on the machine or around it, is part of the difference.";

function judge(all: readonly Samples[], layout: Layout, tolerance: number): ComparedMeasure[] {
  const shifts = all.map((samples) => (samples.problem === undefined ? shiftOf(samples, layout) : undefined));
  const boundOf = ({ statistic }: Samples) =>
    measureKinds[statistic].scale === "ratio" ? Math.log1p(tolerance) : failedTolerance;
  const tested = all.flatMap((samples, at) => {
    const shift = shifts[at];
    return shift === undefined ? [] : [{ samples, shift, bound: boundOf(samples) }];
  });
  const worse = holm(tested.map(({ shift, bound }) => shift.above(bound)));
  const better = holm(tested.map(({ shift, bound }) => shift.below(-bound)));
  const judged = new Map(
    tested.map(({ samples, shift, bound }, at) => {
      const p = { pWorse: worse[at] ?? 1, pBetter: better[at] ?? 1 };
      return [samples, judgeOne({ samples, shift, bound, ...p }, layout, tested.length)];
    }),
  );
  return all.map((samples) => judged.get(samples) ?? unusable(samples));
}

function shiftOf({ statistic, a, b }: Samples, layout: Layout): Shift {
  const kind = measureKinds[statistic];
  const costs = { a: a.map((value) => toCost(kind, value)), b: b.map((value) => toCost(kind, value)) };
  if (layout === "apart") return rankSum(costs.a, costs.b);
  return signedRank(costs.b.map((value, pair) => value - (costs.a[pair] ?? value)));
}

interface Tested {
  readonly samples: Samples;
  readonly shift: Shift;
  readonly bound: number;
  readonly pWorse: number;
  readonly pBetter: number;
}

function judgeOne(tested: Tested, layout: Layout, tests: number): ComparedMeasure {
  const { samples, shift, bound, pWorse, pBetter } = tested;
  const kind = measureKinds[samples.statistic];
  const interval = shift.interval(2 * alpha);
  const change = changeOf(kind, shift.estimate, interval);
  const verdict: ComparisonVerdict =
    pWorse <= alpha
      ? "regression"
      : pBetter <= alpha
        ? "improvement"
        : interval !== undefined && interval.low > -bound && interval.high < bound
          ? "no difference"
          : "inconclusive";
  const range = rangeInWords(kind, change);
  const reason =
    verdict === "inconclusive"
      ? inconclusiveReason(tested, layout, tests, range)
      : verdict === "no difference"
        ? range
        : differenceInWords(changeInWords(kind, change.estimate), range);
  return {
    metric: samples.metric,
    statistic: samples.statistic,
    a: median(samples.a),
    b: median(samples.b),
    change,
    dominance: dominanceOf(kind, samples, layout),
    pWorse,
    pBetter,
    verdict,
    reason,
  };
}

/** `20 % slower (17 to 23 % slower)` */
const differenceInWords = (estimate: string, range: string): string =>
  estimate === range ? estimate : `${estimate} (${range})`;

function inconclusiveReason(
  { samples, shift, bound }: Tested,
  layout: Layout,
  tests: number,
  range: string,
): string {
  const windows = Math.min(samples.a.length, samples.b.length);
  const unit = layout === "interleaved" ? "pairs" : "windows a side";
  if (shift.interval(2 * alpha) === undefined) {
    const fewest = fewestWindows(layout, alpha / tests);
    return `too few windows: to tell a difference in any of ${tests} measure(s) takes at least ${fewest} ${unit}, there are ${windows}`;
  }
  const more = moreWindows(shift, layout, windows, { bound, level: alpha / tests, alpha });
  return more === undefined
    ? `too noisy: ${range}; take longer windows, or a quieter machine`
    : `too noisy: ${range}; about ${more} more ${unit} may tell`;
}

const unusable = ({ metric, statistic, a, b, problem = "" }: Samples): ComparedMeasure => ({
  metric,
  statistic,
  a: a.length > 0 ? median(a) : null,
  b: b.length > 0 ? median(b) : null,
  change: null,
  dominance: null,
  pWorse: null,
  pBetter: null,
  verdict: "inconclusive",
  reason: problem,
});

function changeOf(kind: MeasureKind, estimate: number, interval: ReturnType<Shift["interval"]>): Change {
  const ends = interval && [fromCost(kind, interval.low), fromCost(kind, interval.high)];
  return {
    estimate: fromCost(kind, estimate),
    low: ends === undefined ? null : Math.min(...ends),
    high: ends === undefined ? null : Math.max(...ends),
  };
}

function dominanceOf({ worse }: MeasureKind, { a, b }: Samples, layout: Layout): number {
  const signs =
    layout === "interleaved"
      ? b.map((value, pair) => Math.sign(value - (a[pair] ?? value)))
      : b.flatMap((value) => a.map((other) => Math.sign(value - other)));
  const sum = signs.reduce((all, sign) => all + sign, 0);
  return sum === 0 ? 0 : (worse * sum) / signs.length; // no -0
}

/** One regression is a regression; else one doubt is a doubt. */
function worstOf(measures: readonly ComparedMeasure[]): ComparisonVerdict {
  const has = (wanted: ComparisonVerdict) => measures.some(({ verdict }) => verdict === wanted);
  return (["regression", "inconclusive", "improvement"] as const).find(has) ?? "no difference";
}

function reasonOf(
  verdict: ComparisonVerdict,
  measures: readonly ComparedMeasure[],
  tolerance: number,
): string {
  const those = measures.filter((measure) => measure.verdict === verdict);
  if (verdict === "no difference") {
    return `no difference of more than ${formatPercent(tolerance)} % in any of ${those.length} measure(s)`;
  }
  const [first] = those;
  const named = first === undefined ? "" : `${first.metric} ${first.statistic}: ${first.reason}`;
  return those.length > 1 ? `${named}; and ${those.length - 1} more` : named;
}
