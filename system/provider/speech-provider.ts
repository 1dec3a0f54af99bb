import type { Readable } from "node:stream";

/** What the upstream says of a job. */
export type JobState<T> =
  | { readonly done: false; readonly progress?: number }
  | { readonly done: true; readonly result: T };

/**
 * Why a call upstream did not succeed.
 * - `refused`: a 3xx or 4xx that asking again will not change
 * - `throttled`: 429
 * - `failed`: 408 or 5xx
 * - `unreachable`: no connection, or it ended before the answer did
 * - `timeout`: no whole answer in time
 * - `malformed`: an answer that is not what was agreed (docs/service/upstream.md)
 * - `circuit-open`, `overloaded`: not sent at all, to spare the upstream or ourselves
 */
export type FailureReason =
  | "refused"
  | "throttled"
  | "failed"
  | "unreachable"
  | "timeout"
  | "malformed"
  | "circuit-open"
  | "overloaded";

export interface ProviderErrorOptions {
  readonly reason?: FailureReason;
  /** Milliseconds from now before which asking again is of no use, when the upstream or its circuit breaker says so. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A call upstream did not succeed. `transient`: asking again may help, after `retryAfterMs` if that is known. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly transient: boolean;
  readonly reason: FailureReason;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, transient: boolean, options: ProviderErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.transient = transient;
    this.reason = options.reason ?? (transient ? "failed" : "refused");
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Speech to text and text to summary, as jobs: submit, then ask until it is done. The key makes a repeated
 * submission the same job. Every method rejects with {@link ProviderError} only.
 */
export interface SpeechProvider {
  /** @returns the job's id. */
  submitTranscription(key: string, wav: { bytes: number; stream: Readable }): Promise<string>;
  transcription(rid: string): Promise<JobState<string>>;
  /** @returns the job's id. */
  submitSummary(key: string, text: string): Promise<string>;
  summary(rid: string): Promise<JobState<string>>;
}
