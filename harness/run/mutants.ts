import { quantile } from "../checkers/quantile.ts";
import type { CheckResult } from "../checkers/verdict.ts";
import type { RunRecord } from "../report/record.ts";

import type { LoadedScenario } from "./load-scenarios.ts";
import type { Mutant } from "./scenario.ts";
import { nameOf } from "./scenario-name.ts";

/** A scenario whose service is broken on purpose. */
export interface LoadedMutant extends LoadedScenario {
  readonly mutant: Mutant;
}

/** What one run of a mutant came to. */
export interface MutantRun {
  /** Who found something, in the order of the record; of no use unless the run `failed`. */
  readonly foundBy: readonly string[];
  readonly verdict: RunRecord["verdict"];
  /** When the checker that has to find it had all it needed for its first anomaly, in ms of the run; absent: no event shows it. */
  readonly afterMs?: number;
}

/** What all runs of a mutant came to. */
export interface MutantResult extends Mutant {
  readonly name: string;
  /** The promise that its scenario tests. */
  readonly title: string;
  readonly runs: number;
  /** Runs that failed by the checker that has to find it. */
  readonly caught: number;
  /** Caught in at least four in five; undecided when the runs that decided nothing could have made it so. */
  readonly outcome: "caught" | "missed" | "undecided";
  /** Others who found something, and in how many runs. */
  readonly others: Readonly<Record<string, number>>;
  /** The median over the runs that caught it; absent: no event shows it. */
  readonly afterMs?: number;
  /** Runs that ended otherwise than `failed` or `passed`, by verdict: they say nothing of the mutant. */
  readonly undecided: Readonly<Record<string, number>>;
}

/** In so many of the runs the right checker has to find it. */
const enoughShare = 0.8;

/** What a run says of a mutant. */
export function mutantRunOf({ caughtBy }: Mutant, record: RunRecord): MutantRun {
  const { checks, thresholds, faults, topology, verdict } = record;
  const foundBy = [
    ...checks.filter((check) => check.verdict === "failed").map(({ name }) => name),
    ...(thresholds.some((threshold) => threshold.verdict === "failed") ? ["threshold"] : []),
    ...(faults.some(({ healProvenAt, rtoMs }) => healProvenAt !== undefined && rtoMs === null)
      ? ["recovery"]
      : []),
    ...(topology.nodes.some(({ unexpectedExit }) => unexpectedExit !== undefined) ? ["crash"] : []),
  ];
  const afterMs = firstFoundMs(checks.find(({ name }) => name === caughtBy));
  return { foundBy: [...new Set(foundBy)], verdict, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** The earliest last witness of an anomaly. */
function firstFoundMs(check: CheckResult | undefined): number | undefined {
  const shown = (check?.anomalies ?? []).filter(({ witnesses }) => witnesses.length > 0);
  if (shown.length === 0) return undefined;
  return Math.min(...shown.map(({ witnesses }) => Math.max(...witnesses.map(({ time }) => time)))) / 1e6;
}

/** What the runs of a mutant come to. @param planned how many were to be made: those that left nothing decided nothing. */
export function mutantResultOf(
  { file, scenario, mutant }: LoadedMutant,
  runs: readonly MutantRun[],
  planned: number,
): MutantResult {
  const failed = runs.filter(({ verdict }) => verdict === "failed");
  const caught = failed.filter(({ foundBy }) => foundBy.includes(mutant.caughtBy));
  const others = failed.flatMap(({ foundBy }) => foundBy.filter((name) => name !== mutant.caughtBy));
  const undecided = runs.map(({ verdict }) => verdict).filter((verdict) => !isDecided(verdict));
  const afterMs = quantile(
    caught.flatMap((run) => run.afterMs ?? []),
    0.5,
  );
  return {
    ...mutant,
    name: nameOf(file),
    title: scenario.title,
    runs: planned,
    caught: caught.length,
    outcome: outcomeOf(caught.length, planned - runs.length + undecided.length, planned),
    others: countsOf(others),
    ...(afterMs === undefined ? {} : { afterMs }),
    undecided: countsOf([...undecided, ...Array.from({ length: planned - runs.length }, () => "not run")]),
  };
}

function outcomeOf(caught: number, undecided: number, planned: number): MutantResult["outcome"] {
  const enough = (runs: number) => planned > 0 && runs >= enoughShare * planned;
  if (enough(caught)) return "caught";
  return enough(caught + undecided) ? "undecided" : "missed";
}

const isDecided = (verdict: RunRecord["verdict"]) => verdict === "failed" || verdict === "passed";

const countsOf = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
