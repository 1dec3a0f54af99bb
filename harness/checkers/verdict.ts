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
  /** A picture of it for the report: SVG, all text in it escaped. */
  readonly drawing?: string;
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

/** A check under way. An event's place is how many were added before it. */
export interface StreamingCheck {
  /** @throws UsageError when the event breaks the rules of the format, or its value has another shape. */
  add(event: HistoryEvent): void;
  /** True once it wants no more events: its budget is spent. */
  readonly spent?: boolean;
  /** The places of the events that it will show; a check that holds its witnesses itself has no need of it. */
  wanted?(): ReadonlySet<number>;
  /**
   * The verdict over everything added; called once, at the end.
   * @param eventAt the event of a wanted place; without it, wanted witnesses are left out.
   */
  end(eventAt?: (place: number) => HistoryEvent | undefined): CheckResult;
}
