import { z } from "zod";
import { statuses } from "../domain/status.ts";

/** Sequence numbers of chunks are 0..maxSeq. */
export const maxSeq = 999_999;

/** Bytes of one chunk at most. */
export const maxChunkBytes = 4 * 1024 * 1024;

const status = z.enum(statuses);

export const recordingCreated = z.object({ id: z.string(), status });
export type RecordingCreated = z.infer<typeof recordingCreated>;

export const chunkAccepted = z.object({ id: z.string(), seq: z.int(), status });
export type ChunkAccepted = z.infer<typeof chunkAccepted>;

export const transcriptionAccepted = z.object({ id: z.string(), status });
export type TranscriptionAccepted = z.infer<typeof transcriptionAccepted>;

export const recordingStatus = z.object({
  id: z.string(),
  status,
  /** Percent, while the upstream transcribes. */
  progress: z.number().optional(),
  /** Rises by one with each change of the status. */
  version: z.int(),
});
export type RecordingStatus = z.infer<typeof recordingStatus>;

export const recordingView = z.object({
  id: z.string(),
  status,
  version: z.int(),
  text: z.string().nullable(),
  summary: z.string().nullable(),
  /** Why it FAILED. */
  error: z.string().nullable(),
  /** When each status was entered, ISO 8601. */
  timings: z.partialRecord(status, z.string()),
});
export type RecordingView = z.infer<typeof recordingView>;

/** RFC 9457, with the members this service adds. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  /** On a refused finish: sequence numbers that are not stored (the first hundred), and how many there are. */
  missing: z.array(z.int()).optional(),
  missingCount: z.int().optional(),
  /** On a refused finish: stored sequence numbers after the alleged last one. */
  beyond: z.array(z.int()).optional(),
  /** On a refused change: the recording's present status. */
  recordingStatus: status.optional(),
});
export type Problem = z.infer<typeof problem>;

export const readiness = z.object({
  ready: z.boolean(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
});
export type Readiness = z.infer<typeof readiness>;
