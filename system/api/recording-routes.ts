import { z } from "zod";
import {
  type ChunkAccepted,
  chunkAccepted,
  maxChunkBytes,
  maxSeq,
  type RecordingCreated,
  type RecordingStatus,
  type RecordingView,
  recordingCreated,
  recordingStatus,
  recordingView,
  type TranscriptionAccepted,
  transcriptionAccepted,
} from "../contract/api.ts";
import { audioFormats, formatOfMediaType, mediaTypes } from "../domain/audio-format.ts";
import { bytesPerSample } from "../domain/wav.ts";
import type { RecordingsApi } from "../pipeline/recordings.ts";
import { flagParameter, integerParameter, postHeaders, recordingId } from "./parameters.ts";
import { problem } from "./problem.ts";
import { type Route, route } from "./route.ts";

const base = "/api/stt/recordings";
const params = z.object({ id: recordingId });
const absent = "recording-not-found";

/** What users do with recordings. */
export function recordingRoutes(recordings: RecordingsApi): Route[] {
  return [
    route({
      method: "post",
      path: base,
      operationId: "startRecording",
      tag: "Recordings",
      summary: "Start a recording",
      description:
        "The recording belongs to the token's subject. Send its chunks next, and a heartbeat while there is no sound to send: after 30 s without either it ends with what it has.",
      scope: "stt:write",
      headers: postHeaders,
      replies: {
        201: {
          description:
            "Started; or, for an Idempotency-Key that was used before, the recording it started then.",
          schema: recordingCreated,
          links: {
            id: "$response.body#/id",
            operations: ["addChunk", "heartbeat", "requestTranscription", "readStatus", "readRecording"],
          },
          headers: z.object({
            location: z
              .string()
              .meta({ description: "The recording's path.", example: `${base}/01M83AGRXZB6GB41V1Q6R70VT2` }),
            "idempotent-replayed": z
              .literal("true")
              .optional()
              .meta({ description: "The answer is a former one: nothing was started now." }),
          }),
        },
      },
      problems: [],
      handle: async ({ principal, headers }) => {
        const { id, replayed } = await recordings.create(principal.subject, headers["idempotency-key"]);
        return {
          status: 201,
          headers: { location: `${base}/${id}`, ...(replayed ? { "idempotent-replayed": "true" } : {}) },
          body: { id, status: "RECORDING" } satisfies RecordingCreated,
        };
      },
    }),

    route({
      method: "post",
      path: `${base}/{id}/chunks`,
      operationId: "addChunk",
      tag: "Recordings",
      summary: "Add a chunk of audio",
      description:
        "Chunks may come in any order and more than once; what was accepted is not lost. The last one, with `finish=true`, ends the recording if all before it are stored.",
      scope: "stt:write",
      params,
      absent,
      query: z.object({
        seq: integerParameter(0, maxSeq, "The chunk's place in the recording, from 0."),
        finish: flagParameter("Whether this is the last chunk. Only the last one may be empty."),
      }),
      headers: postHeaders,
      body: {
        description:
          "Sound: bare PCM samples (16 kHz, mono, signed 16 bit, little-endian), or the next piece of one WebM or Ogg stream with Opus. All chunks of a recording are of one media type. At most 4 MiB.",
        mediaTypes: audioFormats.map((format) => mediaTypes[format]),
        maxBytes: maxChunkBytes,
      },
      replies: { 202: { description: "Stored.", schema: chunkAccepted } },
      problems: [
        ...(["empty-chunk", "odd-bytes", "not-audio"] as const),
        ...(["chunk-conflict", "format-conflict", "chunks-missing", "recording-over"] as const),
      ],
      handle: async ({ principal, params: { id }, query: { seq, finish }, mediaType, body }) => {
        const format = formatOfMediaType(mediaType);
        if (format === null) throw problem("unsupported-media-type");
        if (body.length === 0 && !finish) throw problem("empty-chunk");
        if (format === "pcm" && body.length % bytesPerSample !== 0) throw problem("odd-bytes");
        const status = await recordings.addChunk(principal.subject, id, { seq, bytes: body, finish, format });
        return { status: 202, body: { id, seq, status } satisfies ChunkAccepted };
      },
    }),

    route({
      method: "post",
      path: `${base}/{id}/heartbeat`,
      operationId: "heartbeat",
      tag: "Recordings",
      summary: "Say that the client is alive",
      description: "Keeps a recording open. Without effect on one that has ended.",
      scope: "stt:write",
      params,
      absent,
      headers: postHeaders,
      replies: { 204: { description: "Noted." } },
      problems: [],
      handle: async ({ principal, params: { id } }) => {
        await recordings.heartbeat(principal.subject, id);
        return { status: 204 };
      },
    }),

    route({
      method: "post",
      path: `${base}/{id}/transcription`,
      operationId: "requestTranscription",
      tag: "Recordings",
      summary: "Have an encoded recording transcribed and summarised",
      scope: "stt:write",
      params,
      absent,
      headers: postHeaders,
      replies: { 202: { description: "Under way, or done already.", schema: transcriptionAccepted } },
      problems: ["not-encoded"],
      handle: async ({ principal, params: { id } }) => {
        const status = await recordings.requestTranscription(principal.subject, id);
        return { status: 202, body: { id, status } satisfies TranscriptionAccepted };
      },
    }),

    route({
      method: "get",
      path: `${base}/{id}/status`,
      operationId: "readStatus",
      tag: "Recordings",
      summary: "How far a recording is",
      description: "Cheap, and at most two seconds old.",
      scope: "stt:read",
      params,
      absent,
      replies: { 200: { description: "The status.", schema: recordingStatus } },
      problems: [],
      handle: async ({ principal, params: { id } }) => {
        const { status, version, progress } = await recordings.status(principal.subject, id);
        const body: RecordingStatus = { id, status, version, ...(progress === null ? {} : { progress }) };
        return { status: 200, body };
      },
    }),

    route({
      method: "get",
      path: `${base}/{id}`,
      operationId: "readRecording",
      tag: "Recordings",
      summary: "All about a recording: text, summary, timings",
      scope: "stt:read",
      params,
      absent,
      replies: { 200: { description: "The recording.", schema: recordingView } },
      problems: [],
      handle: async ({ principal, params: { id } }) => {
        const { status, version, text, summary, error, timings } = await recordings.view(
          principal.subject,
          id,
        );
        const body: RecordingView = { id, status, version, text, summary, error, timings };
        return { status: 200, body };
      },
    }),
  ];
}
