/** How often and at what distance a stage asks the upstream again. */
export interface RetryPolicy {
  readonly delayMs: number;
  /** Calls in all; the one after the last goes to the dead letters. */
  readonly attempts: number;
}

/** Why a stage is not done after a call upstream. */
export type Unfinished =
  | { readonly kind: "working" }
  | { readonly kind: "transient"; readonly cause: string }
  | { readonly kind: "permanent"; readonly cause: string };

export type RetryDecision =
  | { readonly next: "retry"; readonly attempt: number }
  | { readonly next: "dead-letter"; readonly cause: string };

/**
 * What comes after call number `attempt` (counted from 0) that did not finish the stage.
 * A permanent failure is never tried again; anything else is, until the attempts are used up.
 */
export function afterUnfinished(
  outcome: Unfinished,
  attempt: number,
  policy: Pick<RetryPolicy, "attempts">,
): RetryDecision {
  if (outcome.kind === "permanent") return { next: "dead-letter", cause: outcome.cause };
  const made = attempt + 1;
  if (made < policy.attempts) return { next: "retry", attempt: made };
  const last = outcome.kind === "working" ? "upstream still works on it" : outcome.cause;
  return { next: "dead-letter", cause: `gave up after ${made} attempts: ${last}` };
}

/** Whether an answer of this HTTP status may become better by asking again: 408, 429 and 5xx. */
export function isTransientHttpStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
