import type { Sample } from "../report/record.ts";
import type { Checker, CheckResult } from "./verdict.ts";

/** A pure function from what was sampled beside the history (memory, lag) to verdict. */
export interface SampleChecker {
  readonly name: string;
  checkSamples(samples: readonly Sample[]): CheckResult;
}

/** What a scenario may list under `checks`. */
export type AnyChecker = Checker | SampleChecker;

export const judgesSamples = (checker: AnyChecker): checker is SampleChecker => "checkSamples" in checker;
