import type { HistoryEvent } from "../history/event.ts";
import { type Anomaly, type CheckResult, mergeVerdicts, witnessCap } from "./verdict.ts";

/** An anomaly with its witnesses capped. */
export function anomaly(type: string, message: string, witnesses: readonly HistoryEvent[]): Anomaly {
  return { type, message, witnesses: witnesses.slice(0, witnessCap) };
}

/** What a checker found. */
export interface Findings {
  readonly anomalies: readonly Anomaly[];
  /** How many anomalies of each type there were, where `anomalies` shows only the first ones. */
  readonly totals?: Readonly<Record<string, number>>;
  /** Why the evidence does not decide, one sentence each. */
  readonly gaps: readonly string[];
  /** Said when it passed. */
  readonly passedReason: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The result of a checker: failed with any anomaly, else inconclusive with any gap in the evidence, else passed. */
export function resultOf(name: string, found: Findings): CheckResult {
  const { anomalies, totals, gaps, passedReason, counts } = found;
  const verdict = mergeVerdicts([
    "passed",
    ...(anomalies.length > 0 ? (["failed"] as const) : []),
    ...(gaps.length > 0 ? (["inconclusive"] as const) : []),
  ]);
  const first = anomalies[0];
  const reason =
    first !== undefined
      ? `${tally(anomalies, totals)}; first: ${first.message}`
      : gaps.length > 0
        ? gaps.join("; ")
        : passedReason;
  return { name, verdict, reason, anomalies, counts };
}

/** "3 lost-chunk, 1 stuck-recording". */
function tally(anomalies: readonly Anomaly[], totals: Findings["totals"]): string {
  return [...Map.groupBy(anomalies, ({ type }) => type)]
    .map(([type, all]) => `${totals?.[type] ?? all.length} ${type}`)
    .join(", ");
}
