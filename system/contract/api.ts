import { z } from "zod";
import { statuses } from "../domain/status.ts";

/** Sequence numbers of chunks are 0..maxSeq. */
export const maxSeq = 999_999;

/** Bytes of one chunk at most. */
export const maxChunkBytes = 4 * 1024 * 1024;

const id = z
  .string()
  .meta({ description: "The recording's id (ULID).", example: "01M83AGRXZB6GB41V1Q6R70VT2" });

const status = z.enum(statuses).meta({
  id: "Status",
  description:
    "Where a recording is. It moves forward; FAILED can follow ENCODING, PROCESSING and SUMMARIZING, and only an administrator can bring it back to them.",
  example: "RECORDING",
});

const version = z.int().describe("Rises by one with each change of the status.");

export const recordingCreated = z.object({ id, status }).meta({ id: "RecordingCreated" });
export type RecordingCreated = z.infer<typeof recordingCreated>;

export const chunkAccepted = z.object({ id, seq: z.int(), status }).meta({ id: "ChunkAccepted" });
export type ChunkAccepted = z.infer<typeof chunkAccepted>;

export const transcriptionAccepted = z.object({ id, status }).meta({ id: "TranscriptionAccepted" });
export type TranscriptionAccepted = z.infer<typeof transcriptionAccepted>;

export const recordingStatus = z
  .object({
    id,
    status,
    progress: z.number().optional().describe("Percent, while the upstream transcribes."),
    version,
  })
  .meta({ id: "RecordingStatus" });
export type RecordingStatus = z.infer<typeof recordingStatus>;

export const recordingView = z
  .object({
    id,
    status,
    version,
    text: z.string().nullable().describe("What was said."),
    summary: z.string().nullable(),
    error: z.string().nullable().describe("Why it FAILED."),
    timings: z.partialRecord(status, z.string()).describe("When each status was entered, ISO 8601."),
  })
  .meta({ id: "Recording" });
export type RecordingView = z.infer<typeof recordingView>;

/** RFC 9457, with the members this service adds. */
export const problem = z
  .object({
    type: z.string().meta({
      description: "A stable URI, relative to the service: decide by it.",
      example: "/problems/chunk-conflict",
    }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional().describe("The path that was asked for."),
    requestId: z.string().optional().describe("As in the header X-Request-Id and in the service's log."),
    scope: z.string().optional().describe("On a token that does not allow the request: the scope it lacks."),
    missing: z
      .array(z.int())
      .optional()
      .describe("On a refused finish: sequence numbers that are not stored, the first hundred."),
    missingCount: z.int().optional().describe("On a refused finish: how many are not stored."),
    beyond: z
      .array(z.int())
      .optional()
      .describe("On a refused finish: stored sequence numbers after the alleged last one."),
    recordingStatus: status.optional().describe("On a refused change: the recording's present status."),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;

/** What the page of a type of problem says. */
export const problemTypeView = z
  .object({ type: z.string(), title: z.string(), status: z.int(), description: z.string() })
  .meta({ id: "ProblemType" });

export const readiness = z
  .object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
  })
  .meta({ id: "Readiness" });
export type Readiness = z.infer<typeof readiness>;
