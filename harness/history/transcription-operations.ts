import { z } from "zod";
import type { HistoryEvent } from "./event.ts";
import { parseValue } from "./values.ts";

/**
 * The operations of the transcriptions workload: what it records and what the transcription checkers read.
 * The key is the recording's id; of `start`, a name of the client's own, since the id is not known yet.
 */

/** The states of a recording in their order; COMPLETED and FAILED both end it. */
export const recordingStates = [
  "RECORDING",
  "ENCODING",
  "ENCODED",
  "PROCESSING",
  "SUMMARIZING",
  "COMPLETED",
  "FAILED",
] as const;
export type RecordingState = (typeof recordingStates)[number];
export const recordingState = z.enum(recordingStates);

/** How far a state is; a later state has a higher rank, both ends the same. */
export function rankOf(state: RecordingState): number {
  return Math.min(recordingStates.indexOf(state), recordingStates.indexOf("COMPLETED"));
}

export const hasEnded = (state: RecordingState) => state === "COMPLETED" || state === "FAILED";

/** Every recording makes requests of these kinds... */
export const regularKinds = ["start", "chunk", "finish", "convert", "status"] as const;
/** ...and of these; one attempt by a user, by HTTP or STOMP, is one operation. A short recording needs no heartbeat. */
export const requestKinds = [...regularKinds, "heartbeat"] as const;
export type RequestKind = (typeof requestKinds)[number];

const kinds: ReadonlySet<string> = new Set(requestKinds);
export const isRequest = (event: HistoryEvent) => kinds.has(event.f);

/** Ok values by kind of operation. */
export const okValues = {
  start: z.object({ id: z.string(), status: recordingState }),
  chunk: z.object({ seq: z.int(), status: recordingState }),
  finish: z.object({ seq: z.int(), status: recordingState }),
  convert: z.object({ status: recordingState }),
  status: z.object({ status: recordingState, version: z.number().optional() }),
  heartbeat: z.object({}),
  /** Told by a subscription, unasked: no request, and without a latency. */
  update: z.object({ status: recordingState, version: z.number().optional() }),
  /** A final read of the recording. `status` null: the service does not know it (404). */
  result: z.object({
    id: z.string(),
    status: recordingState.nullable(),
    hasText: z.boolean(),
    hasSummary: z.boolean(),
    error: z.string().nullish(),
  }),
  /** A final read of the WAV: `present` are the sequence numbers of the chunks found in it, by position. */
  wav: z.object({
    id: z.string(),
    /** Size of the file; 0: there is none. */
    bytes: z.int(),
    present: z.array(z.int()),
  }),
  /** The upstream's own journal: how often each recording's key was posted. */
  upstream: z.object({
    submissions: z.record(z.string(), z.int()),
    summaries: z.record(z.string(), z.int()),
    /** Posts whose key belongs to no recording of this run. */
    unattributed: z.int(),
  }),
} as const;

/** The value of a request that was answered, but not with success. */
const refusal = z.object({
  httpStatus: z.int(),
  /** When the service asks to come again. */
  retryAfterMs: z.number().optional(),
  /** On a `finish` refused for want of chunks: their sequence numbers. */
  missing: z.array(z.int()).optional(),
});
export type Refusal = z.infer<typeof refusal>;

export type OkValue<F extends keyof typeof okValues> = z.infer<(typeof okValues)[F]>;

/**
 * The value of an `ok` event of kind `f`.
 * @throws UsageError naming the event when the value has another shape.
 */
export function okValue<F extends keyof typeof okValues>(f: F, event: HistoryEvent): OkValue<F> {
  return parseValue<unknown>(okValues[f], event, "Transcriptions") as OkValue<F>;
}

/** The state that an `ok` answer to a user's request states. */
export function statedState(event: HistoryEvent): RecordingState | undefined {
  const parsed = z.object({ status: recordingState }).safeParse(event.value);
  return parsed.success ? parsed.data.status : undefined;
}

/** The answer that a `fail` or `info` request got; undefined when it got none. */
export function refusalOf(event: HistoryEvent): Refusal | undefined {
  return event.type === "fail" || event.type === "info" ? refusal.safeParse(event.value).data : undefined;
}

/** The chunks that a refused `finish` says are missing. */
export function chunksMissing(event: HistoryEvent): readonly number[] {
  return event.type === "fail" ? (refusalOf(event)?.missing ?? []) : [];
}
