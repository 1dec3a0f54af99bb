import type { HistoryEvent } from "../history/event.ts";
import { FaultlineError, messageOf } from "../util/errors.ts";
import { type Checker, type CheckResult, mergeVerdicts, type Verdict } from "./verdict.ts";

/**
 * Runs every checker over a history. A checker that breaks leaves its question open (inconclusive) and does not stop
 * the others; a history that breaks the format stops all.
 * @throws UsageError from a malformed history.
 */
export function checkHistory(
  events: readonly HistoryEvent[],
  checkers: readonly Checker[],
): { readonly verdict: Verdict; readonly results: readonly CheckResult[] } {
  const results = checkers.map((checker) => runChecker(checker, events));
  return { verdict: mergeVerdicts(results.map(({ verdict }) => verdict)), results };
}

function runChecker(checker: Checker, events: readonly HistoryEvent[]): CheckResult {
  try {
    return checker.check(events);
  } catch (error) {
    if (error instanceof FaultlineError) throw error;
    const reason = `the checker broke: ${messageOf(error)}`;
    return { name: checker.name, verdict: "inconclusive", reason, anomalies: [], counts: {} };
  }
}
