/** How often and at what distance a stage asks the upstream again. */
export interface RetryPolicy {
  readonly delayMs: number;
  /** Calls in all; the one after the last goes to the dead letters. */
  readonly attempts: number;
}

/** An upstream that asks for a longer pause gets this one at most. */
export const longestDelayMs = 10 * 60_000;

/** Why a stage is not done after a call upstream. */
export type Unfinished =
  | { readonly kind: "working" }
  | {
      readonly kind: "transient";
      readonly cause: string;
      /** How long the upstream asked us to wait. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: "permanent"; readonly cause: string };

export type RetryDecision =
  | { readonly next: "retry"; readonly attempt: number; readonly delayMs: number }
  | { readonly next: "dead-letter"; readonly cause: string };

/**
 * What comes after call number `attempt` (counted from 0) that did not finish the stage.
 * A permanent failure is never tried again; anything else is, until the attempts are used up: after the policy's delay,
 * or after what the upstream asked for if that is longer (up to {@link longestDelayMs}).
 */
export function afterUnfinished(outcome: Unfinished, attempt: number, policy: RetryPolicy): RetryDecision {
  if (outcome.kind === "permanent") return { next: "dead-letter", cause: outcome.cause };
  const made = attempt + 1;
  if (made < policy.attempts) {
    const asked = outcome.kind === "transient" ? (outcome.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(policy.delayMs, Math.min(asked, longestDelayMs));
    return { next: "retry", attempt: made, delayMs };
  }
  const last = outcome.kind === "working" ? "upstream still works on it" : outcome.cause;
  return { next: "dead-letter", cause: `gave up after ${made} attempts: ${last}` };
}

/** Whether an answer of this HTTP status may become better by asking again: 408, 429 and 5xx. */
export function isTransientHttpStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
