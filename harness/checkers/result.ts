import type { HistoryEvent } from "../history/event.ts";
import { type Anomaly, type CheckResult, mergeVerdicts, witnessCap } from "./verdict.ts";

/** An anomaly with its witnesses capped. */
export function anomaly(type: string, message: string, witnesses: readonly HistoryEvent[]): Anomaly {
  return { type, message, witnesses: witnesses.slice(0, witnessCap) };
}

/**
 * The result of a checker: failed with any anomaly, else inconclusive with any gap in the evidence, else passed.
 * @param gaps why the evidence does not decide, one sentence each.
 * @param passedReason said when it passed.
 */
export function resultOf(
  name: string,
  found: {
    anomalies: readonly Anomaly[];
    gaps: readonly string[];
    passedReason: string;
    counts: Readonly<Record<string, number>>;
  },
): CheckResult {
  const { anomalies, gaps, passedReason, counts } = found;
  const verdict = mergeVerdicts([
    "passed",
    ...(anomalies.length > 0 ? (["failed"] as const) : []),
    ...(gaps.length > 0 ? (["inconclusive"] as const) : []),
  ]);
  const first = anomalies[0];
  const reason =
    first !== undefined
      ? `${tally(anomalies)}; first: ${first.message}`
      : gaps.length > 0
        ? gaps.join("; ")
        : passedReason;
  return { name, verdict, reason, anomalies, counts };
}

/** "3 lost-chunk, 1 stuck-recording". */
function tally(anomalies: readonly Anomaly[]): string {
  return [...Map.groupBy(anomalies, ({ type }) => type)]
    .map(([type, all]) => `${all.length} ${type}`)
    .join(", ");
}
