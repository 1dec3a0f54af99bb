import type { PhaseSpan, Sample } from "../report/record.ts";
import type { Checker, CheckResult } from "./verdict.ts";

/** A pure function from what was sampled beside the history (memory, lag) to verdict. */
export interface SampleChecker {
  readonly name: string;
  /** @param phases of the run; empty where nobody knows them. */
  checkSamples(samples: readonly Sample[], phases?: readonly PhaseSpan[]): CheckResult;
  /** For checkers that can judge as samples come, without holding them: runs of any length. */
  watchSamples?(): SampleWatch;
}

/** A check of samples under way, in bounded memory. */
export interface SampleWatch {
  add(sample: Sample): void;
  /** The verdict over everything added so far; more may be added after it. */
  soFar(): CheckResult;
}

/** What a scenario may list under `checks`. */
export type AnyChecker = Checker | SampleChecker;

export const judgesSamples = (checker: AnyChecker): checker is SampleChecker => "checkSamples" in checker;
