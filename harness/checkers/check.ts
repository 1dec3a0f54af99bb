import type { HistoryEvent } from "../history/event.ts";
import type { PhaseSpan, Sample } from "../report/record.ts";
import { FaultlineError, messageOf } from "../util/errors.ts";
import type { Budget } from "./budget.ts";
import { type AnyChecker, judgesSamples, type SampleChecker } from "./sample-checker.ts";
import { type Checker, type CheckResult, mergeVerdicts, type Verdict } from "./verdict.ts";

/**
 * Runs every checker over a history, or over what was sampled beside it. A checker that breaks leaves its question open (inconclusive) and does not stop
 * the others; a history that breaks the format stops all.
 * @throws UsageError from a malformed history.
 */
export function checkHistory(
  events: readonly HistoryEvent[],
  checkers: readonly AnyChecker[],
  samples: readonly Sample[] = [],
  phases: readonly PhaseSpan[] = [],
): { readonly verdict: Verdict; readonly results: readonly CheckResult[] } {
  const results = checkers.map((checker) =>
    judgesSamples(checker) ? runSampleChecker(checker, samples, phases) : runChecker(checker, events),
  );
  return { verdict: mergeVerdicts(results.map(({ verdict }) => verdict)), results };
}

/** What one checker says. @throws UsageError from a malformed history. */
export function runChecker(checker: Checker, events: readonly HistoryEvent[], budget?: Budget): CheckResult {
  try {
    return checker.check(events, budget);
  } catch (error) {
    return brokenChecker(checker.name, error);
  }
}

function runSampleChecker(
  checker: SampleChecker,
  samples: readonly Sample[],
  phases: readonly PhaseSpan[],
): CheckResult {
  try {
    return checker.checkSamples(samples, phases);
  } catch (error) {
    return brokenChecker(checker.name, error);
  }
}

/** The result of a checker that threw: its question is open. @throws the error itself when it is about the history. */
export function brokenChecker(name: string, error: unknown): CheckResult {
  if (error instanceof FaultlineError) throw error;
  const reason = `the checker broke: ${messageOf(error)}`;
  return { name, verdict: "inconclusive", reason, anomalies: [], counts: {} };
}
