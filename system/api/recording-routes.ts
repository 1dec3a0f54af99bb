import express, { type Router } from "express";
import { z } from "zod";
import {
  type ChunkAccepted,
  maxChunkBytes,
  maxSeq,
  type RecordingCreated,
  type RecordingStatus,
  type RecordingView,
  type TranscriptionAccepted,
} from "../contract/api.ts";
import { bytesPerSample } from "../domain/wav.ts";
import type { RecordingsApi } from "../pipeline/recordings.ts";
import { subjectOf } from "./auth.ts";
import { HttpProblem } from "./problem.ts";

const audioType = "application/octet-stream";
const chunkQuery = z.object({
  seq: z.coerce.number().int().min(0).max(maxSeq),
  finish: z
    .enum(["true", "false"])
    .default("false")
    .transform((value) => value === "true"),
});
const path = z.object({ id: z.ulid() });

/** `/api/stt/recordings`: what the contract's schemas describe. */
export function recordingRoutes(recordings: RecordingsApi): Router {
  const router = express.Router();

  router.post("/", async (_request, response) => {
    const { id, status } = await recordings.create(subjectOf(response));
    response
      .status(201)
      .location(`/api/stt/recordings/${id}`)
      .json({ id, status } satisfies RecordingCreated);
  });

  router.post(
    "/:id/chunks",
    express.raw({ type: audioType, limit: maxChunkBytes }),
    async (request, response) => {
      const id = idOf(request.params);
      const { seq, finish } = parseQuery(request.query);
      const bytes = audioOf(request.body, request.get("content-type"));
      const status = await recordings.addChunk(subjectOf(response), id, { seq, bytes, finish });
      response.status(202).json({ id, seq, status } satisfies ChunkAccepted);
    },
  );

  router.post("/:id/heartbeat", async (request, response) => {
    await recordings.heartbeat(subjectOf(response), idOf(request.params));
    response.status(204).end();
  });

  router.post("/:id/transcription", async (request, response) => {
    const id = idOf(request.params);
    const status = await recordings.requestTranscription(subjectOf(response), id);
    response.status(202).json({ id, status } satisfies TranscriptionAccepted);
  });

  router.get("/:id/status", async (request, response) => {
    const { id, status, version, progress } = await recordings.status(
      subjectOf(response),
      idOf(request.params),
    );
    const body: RecordingStatus = { id, status, version, ...(progress === null ? {} : { progress }) };
    response.json(body);
  });

  router.get("/:id", async (request, response) => {
    const { id, status, version, text, summary, error, timings } = await recordings.view(
      subjectOf(response),
      idOf(request.params),
    );
    response.json({ id, status, version, text, summary, error, timings } satisfies RecordingView);
  });

  return router;
}

/** What cannot be an id is not there either. */
function idOf(params: unknown): string {
  const parsed = path.safeParse(params);
  if (!parsed.success) throw new HttpProblem(404, "Not Found", { detail: "no such recording" });
  return parsed.data.id;
}

function parseQuery(query: unknown): z.infer<typeof chunkQuery> {
  const parsed = chunkQuery.safeParse(query);
  if (!parsed.success) throw new HttpProblem(400, "Bad Request", { detail: z.prettifyError(parsed.error) });
  return parsed.data;
}

/** The chunk's bytes; an empty body is an empty chunk (a client may finish with one). */
function audioOf(body: unknown, contentType: string | undefined): Uint8Array {
  if (contentType !== undefined && !contentType.startsWith(audioType)) {
    throw new HttpProblem(415, "Unsupported Media Type", { detail: `chunks are sent as ${audioType}` });
  }
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  if (bytes.length % bytesPerSample !== 0) {
    throw new HttpProblem(400, "Bad Request", { detail: "a chunk holds whole samples of two bytes" });
  }
  return bytes;
}
