import { UsageError } from "../util/errors.ts";
import type { LoadedScenario } from "./load-scenarios.ts";

/** The suites that `--suite` may name. */
export const suiteNames = ["default", "nightly", "all"] as const;
export type SuiteName = (typeof suiteNames)[number];

/** What narrows the scenarios that patterns have found. Whatever is left out does not. */
export interface SuiteFilter {
  readonly suite?: SuiteName;
  /** Of path and title together. */
  readonly grep?: RegExp;
  readonly grepInvert?: RegExp;
  /** The files of the scenarios that failed last. */
  readonly lastFailed?: ReadonlySet<string>;
}

/** The suite a scenario is part of. */
export const suiteOf = ({ scenario }: LoadedScenario): Exclude<SuiteName, "all"> =>
  scenario.suite ?? "default";

/** The scenarios that pass every filter. */
export function selectScenarios(
  loaded: readonly LoadedScenario[],
  { suite = "all", grep, grepInvert, lastFailed }: SuiteFilter,
): LoadedScenario[] {
  return loaded.filter((one) => {
    const text = `${one.file} ${one.scenario.title}`;
    return (
      (suite === "all" || suiteOf(one) === suite) &&
      (grep === undefined || grep.test(text)) &&
      (grepInvert === undefined || !grepInvert.test(text)) &&
      (lastFailed === undefined || lastFailed.has(one.file))
    );
  });
}

/** Part `index` (from 1) of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** @throws UsageError unless it is written as `2/3`. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count) {
    throw new UsageError(
      `--shard ${text} is no part of a whole`,
      "write it as 2/3: the second of three, from 1/3",
    );
  }
  return { index, count };
}

/** One run of a scenario in a suite. */
export interface PlannedRun extends LoadedScenario {
  /** Of this run; the same scenario alone with this seed is the same run. */
  readonly seed: number;
}

/** How selected scenarios become the runs of a suite. */
export interface SuitePlan {
  /** Of the first repetition of every scenario; each further one has the next seed. */
  readonly seed: number;
  readonly repeatEach: number;
  readonly shard?: Shard;
}

/**
 * The runs of a suite in their order: scenarios of the same topology one after another, since they share it, otherwise by
 * path; the repetitions of one together. The shards of a suite are parts of this order that do not overlap, and together
 * all of it.
 */
export function planRuns(
  selected: readonly LoadedScenario[],
  { seed, repeatEach, shard }: SuitePlan,
): PlannedRun[] {
  const byPath = selected.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  const byTopology = Map.groupBy(byPath, ({ scenario }) => scenario.topology.key);
  const runs = [...byTopology.values()]
    .flat()
    .flatMap((one) =>
      Array.from({ length: repeatEach }, (_, repetition) => ({ ...one, seed: seed + repetition })),
    );
  if (shard === undefined) return runs;
  const start = (index: number) => Math.floor((index * runs.length) / shard.count);
  return runs.slice(start(shard.index - 1), start(shard.index));
}
