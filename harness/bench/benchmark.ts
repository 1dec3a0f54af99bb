import { type Bound, type BoundResult, judge } from "./bounds.ts";
import { type Summary, summarise } from "./statistics.ts";
import type { Unit } from "./unit.ts";

/** What one execution of an arm measured: values by the name of their series. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** One side of a comparison: does its work once a call, and measures it. */
export interface Arm {
  readonly name: string;
  measure(): Promise<Samples>;
}

/** A row of the result: a series of ours, and the series it is judged by. */
export interface Comparison {
  /** What is measured. */
  readonly what: string;
  readonly unit: Unit;
  readonly better: "less" | "more";
  /** The series of ours. */
  readonly ours: string;
  /** The series to compare with; without one the row stands alone. */
  readonly baseline?: string;
}

/** What a benchmark works with. */
export interface BenchContext {
  readonly signal: AbortSignal;
  /** Tells people what is going on. */
  readonly say: (line: string) => void;
}

/** A question about speed or size, answered by comparing ours with a baseline in the same run. */
export interface Benchmark {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /** How often each arm is executed. */
  readonly rounds: number;
  readonly comparisons: readonly Comparison[];
  /** What must hold whatever the baseline says. */
  readonly bounds?: readonly Bound[];
  /** Prepares the arms. What must be undone afterwards goes onto the stack. */
  open(context: BenchContext, stack: AsyncDisposableStack): Promise<readonly Arm[]>;
}

/** A comparison with its numbers. */
export interface ComparisonResult extends Omit<Comparison, "ours" | "baseline"> {
  readonly ours: Summary;
  readonly baseline?: Summary & { readonly name: string };
  /** Median of ours over median of the baseline. */
  readonly ratio?: number;
}

export interface BenchmarkResult {
  readonly name: string;
  readonly about: string;
  readonly rounds: number;
  readonly comparisons: readonly ComparisonResult[];
  readonly bounds: readonly BoundResult[];
}

/**
 * Runs a benchmark. The arms take turns (A B A B ...), so that whatever else the machine does in the meantime hits
 * all of them alike.
 * @throws RangeError when no arm gave a series that a comparison or a bound needs; the signal's reason when it aborts.
 */
export async function runBenchmark(
  benchmark: Benchmark,
  context: BenchContext,
  rounds = benchmark.rounds,
): Promise<BenchmarkResult> {
  await using stack = new AsyncDisposableStack();
  const arms = await benchmark.open(context, stack);
  const series = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const arm of arms) {
      context.signal.throwIfAborted();
      context.say(`${benchmark.name}: round ${round} of ${rounds}, ${arm.name}`);
      for (const [name, values] of Object.entries(await arm.measure())) {
        series.set(name, [...(series.get(name) ?? []), ...values]);
      }
    }
  }
  const summaryOf: SummaryOf = (name) => {
    const values = series.get(name);
    if (!values) throw new RangeError(`no arm measured ${name}; measured: ${[...series.keys()].join(", ")}`);
    return summarise(values);
  };
  const { name, about, comparisons, bounds = [] } = benchmark;
  return {
    name,
    about,
    rounds,
    comparisons: comparisons.map((row) => compare(row, summaryOf)),
    bounds: bounds.map((bound) => judge(bound, summaryOf(bound.ours))),
  };
}

/** The summary of a series. @throws RangeError when there is none of the name. */
type SummaryOf = (name: string) => Summary;

function compare(comparison: Comparison, summaryOf: SummaryOf): ComparisonResult {
  const { what, unit, better } = comparison;
  const ours = summaryOf(comparison.ours);
  if (comparison.baseline === undefined) return { what, unit, better, ours };
  const baseline = { name: comparison.baseline, ...summaryOf(comparison.baseline) };
  return { what, unit, better, ours, baseline, ratio: ours.median / baseline.median };
}
