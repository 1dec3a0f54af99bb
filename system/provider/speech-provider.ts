import type { Readable } from "node:stream";

/** What the upstream says of a job. */
export type JobState<T> =
  | { readonly done: false; readonly progress?: number }
  | { readonly done: true; readonly result: T };

/** A call upstream did not succeed. `transient`: asking again may help. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly transient: boolean;
  constructor(message: string, transient: boolean, cause?: unknown) {
    super(message, { cause });
    this.transient = transient;
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
