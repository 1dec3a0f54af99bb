import type { HistoryEvent } from "../history/event.ts";
import type { Budget } from "./budget.ts";

/** `inconclusive`: the evidence does not decide. `errored`: the environment failed, not the system. */
export type Verdict = "passed" | "failed" | "inconclusive" | "errored";

/** Worst first. A broken environment outranks all, since nothing then speaks about the system. */
const order: readonly Verdict[] = ["errored", "failed", "inconclusive", "passed"];

/** The merged verdict: errored > failed > inconclusive > passed. No verdict at all is inconclusive. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  return order.find((verdict) => verdicts.includes(verdict)) ?? "inconclusive";
}

/** One thing a checker found, with the events that show it. */
export interface Anomaly {
  /** The anomaly's name, for example `lost-write`. */
  readonly type: string;
  /** One sentence for people. */
  readonly message: string;
  /** The events that show it, capped at {@link witnessCap}. */
  readonly witnesses: readonly HistoryEvent[];
}

export const witnessCap = 10;

/** What a checker says of a history. */
export interface CheckResult {
  /** The checker's name. */
  readonly name: string;
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly anomalies: readonly Anomaly[];
  /** What was counted, by name: `{ accepted: 120, completed: 120 }`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A pure function from history to verdict. */
export interface Checker {
  readonly name: string;
  /** @param budget past it the verdict is inconclusive, with what was spent. */
  check(events: readonly HistoryEvent[], budget?: Budget): CheckResult;
  /** For checkers that can judge as events come, without holding them: histories of any length. */
  stream?(budget?: Budget): StreamingCheck;
}

/** A check under way. */
export interface StreamingCheck {
  add(event: HistoryEvent): void;
  /** The verdict over everything added; called once, at the end. */
  end(): CheckResult;
}
