import type { Verdict } from "../checkers/verdict.ts";
import type { NetworkKind } from "../network/private-network.ts";
import { formatDuration } from "../util/duration.ts";

/** How a planned run of a suite came out; `not run`: the suite ended before its turn. */
export type Outcome = Verdict | "not run";

/** One run of a suite, a row in its index. */
export interface SuiteRow {
  /** The scenario's file as the command line names it. */
  readonly file: string;
  /** The folder of the file: `ha`. */
  readonly family: string;
  /** The file's name without its ending: `leader-crash`. */
  readonly name: string;
  /** The promise under test. */
  readonly title: string;
  readonly seed: number;
  readonly outcome: Outcome;
  /** Why, most important first. */
  readonly reasons: readonly string[];
  /** Inconclusive only because this machine cannot do it. */
  readonly unsupported?: boolean;
  /** The longest from an injection to recovery; null: one never recovered. Absent: no fault struck. */
  readonly rtoMs?: number | null;
  /** From the start of the run to its report. */
  readonly durationMs?: number;
  /** Name of the run's folder, beside the suite's. Absent: the run left none. */
  readonly run?: string;
  /** Runs it again, alone. */
  readonly replay: string;
}

/** `suite.json`: what a suite ran, and how each run came out. */
export interface SuiteRecord {
  readonly formatVersion: 1;
  /** Name of its folder. */
  readonly id: string;
  /** Wall clock, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly seed: number;
  readonly network: NetworkKind;
  /** How many ran at a time. */
  readonly workers: number;
  /** Runs the suite again. */
  readonly command: string;
  /** Why it ended before everything had run; absent: everything has. */
  readonly endedBy?: string;
  readonly rows: readonly SuiteRow[];
}

/** All outcomes, the worst first. */
export const outcomes = ["errored", "failed", "inconclusive", "not run", "passed"] as const;

/** How many rows have each outcome; those of which there are none are left out. */
export function countOutcomes(rows: readonly Pick<SuiteRow, "outcome">[]): [Outcome, number][] {
  return outcomes
    .map((outcome): [Outcome, number] => [outcome, rows.filter((row) => row.outcome === outcome).length])
    .filter(([, count]) => count > 0);
}

/** The worst of the rows' outcomes, `passed` when there are none. */
export function worstOutcome(rows: readonly Pick<SuiteRow, "outcome">[]): Outcome {
  return outcomes.find((outcome) => rows.some((row) => row.outcome === outcome)) ?? "passed";
}

/** Whether the run is counted as a failure: it did not pass, and this machine could have run it. */
export const isFailure = ({ outcome, unsupported }: SuiteRow): boolean =>
  outcome !== "passed" && outcome !== "not run" && unsupported !== true;

/** The longest recovery of a run, for people. */
export function rtoText({ rtoMs }: Pick<SuiteRow, "rtoMs">): string {
  if (rtoMs === undefined) return "–";
  return rtoMs === null ? "never" : formatDuration(rtoMs);
}
