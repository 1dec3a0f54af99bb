import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { ulid } from "ulid";
import { z } from "zod";
import { messageOf } from "../../util/errors.ts";
import type { Job } from "./job.ts";
import type { JobFiles } from "./job-files.ts";
import { type Jobs, KeyReused, QueueFull } from "./jobs.ts";
import type { Journal } from "./journal.ts";
import { type ProblemName, refuse } from "./problem.ts";
import { receive, TooLarge } from "./upload.ts";
import { UnusableAudio, Wav } from "./wav.ts";

const TRANSCRIPTS = "/stt/v1/async/transcripts";
const SUMMARIES = "/nlp/v1/async/summaries";
const LANGUAGES = ["en"];
/** Two hours of audio, and a header. */
const MOST_AUDIO_BYTES = 2 * 3_600 * 32_000 + 4_096;
const MOST_TEXT = "4mb";
/** Seconds after which somebody whom the full queue refused may come again: about ten short recordings later. */
const RETRY_AFTER_S = 2;

const summaryRequest = z.object({ text: z.string() });

/** What of WireMock's request matching the harness uses. */
const countRequest = z.strictObject({
  method: z.literal("POST"),
  urlPath: z.string(),
  headers: z.strictObject({ "Idempotency-Key": z.strictObject({ equalTo: z.string() }) }).optional(),
});

interface Parts {
  readonly jobs: Jobs;
  readonly files: JobFiles;
  readonly journal: Journal;
}

/** The HTTP interface: Daglo's, and of WireMock's administration the count of what was posted. */
export function createApp({ jobs, files, journal }: Parts): Express {
  const app = express().disable("x-powered-by");

  app.post([TRANSCRIPTS, SUMMARIES], (request, _response, next) => {
    journal.add({ path: request.path, key: keyOf(request) });
    next();
  });

  app.post(TRANSCRIPTS, async (request, response) => {
    const language = request.get("content-language") ?? request.query.language ?? "en";
    if (!isEnglish(language)) {
      request.resume();
      refuse(response, "unsupported-language", `${String(language)} is not understood`, {
        supported: LANGUAGES,
      });
      return;
    }
    if (!request.is(["audio/wav", "audio/wave", "audio/x-wav"])) {
      request.resume();
      refuse(response, "media-type", `wanted audio/wav, not ${request.get("content-type") ?? "nothing"}`);
      return;
    }
    const upload = files.uploadOf(ulid());
    const digest = await receive(request, upload, MOST_AUDIO_BYTES);
    await assertUsable(upload);
    const job = await jobs.submit({ kind: "transcript", key: keyOf(request), digest, upload });
    response.json({ rid: job.rid });
  });

  app.get(`${TRANSCRIPTS}/:rid`, (request, response) => {
    const { rid } = request.params;
    answer(response, rid, jobs.get("transcript", rid), {
      processing: () => ({ rid, status: "processing", progress: Math.min(99, jobs.progressOf(rid)) }),
      done: (text) => ({
        ...{ rid, status: "transcribed", progress: 100, sttResults: [{ transcript: text }] },
        ...(text === "" ? { warning: "no speech" } : {}),
      }),
    });
  });

  app.post(SUMMARIES, express.json({ limit: MOST_TEXT }), async (request, response) => {
    const parsed = summaryRequest.safeParse(request.body);
    if (!parsed.success) {
      refuse(response, "malformed", `wanted {"text": string} as application/json`);
      return;
    }
    const { text } = parsed.data;
    const digest = createHash("sha256").update(text).digest("hex");
    const job = await jobs.submit({ kind: "summary", key: keyOf(request), digest, text });
    response.json({ summaryRid: job.rid });
  });

  app.get(`${SUMMARIES}/:rid`, (request, response) => {
    const { rid } = request.params;
    answer(response, rid, jobs.get("summary", rid), {
      processing: () => ({ summaryRid: rid, status: "processing", progress: 0 }),
      done: (summary) => ({
        ...{ summaryRid: rid, status: "summarized", progress: 100, summary },
        ...(summary === "" ? { warning: "no text" } : {}),
      }),
    });
  });

  app.post("/__admin/requests/count", express.json({ type: () => true }), (request, response) => {
    const parsed = countRequest.safeParse(request.body);
    if (!parsed.success) {
      refuse(response, "unsupported-administration", z.prettifyError(parsed.error));
      return;
    }
    const { urlPath, headers } = parsed.data;
    const count = journal.count(urlPath, headers?.["Idempotency-Key"].equalTo);
    response.json({ count, requestJournalDisabled: false });
  });

  // What stubs have answered in a mode: there are none.
  app.post("/__admin/requests/remove-by-metadata", (request, response) => {
    request.resume();
    response.json({ requests: [] });
  });

  app.use("/__admin", (request, response) => {
    request.resume();
    refuse(
      response,
      "unsupported-administration",
      `this Daglo transcribes and has no stubs: ${request.method} ${request.originalUrl} is WireMock's. ` +
        "Break its links or its process, or use the stub.",
    );
  });

  app.get("/health", (_request, response) => {
    response.json({ status: "up" });
  });

  app.use((request: Request, response: Response) => {
    request.resume();
    refuse(response, "not-found", `there is no ${request.method} ${request.path}`);
  });
  app.use(refuseError);
  return app;
}

const keyOf = (request: Request): string | null => request.get("idempotency-key") ?? null;

const isEnglish = (language: unknown): boolean =>
  typeof language === "string" && LANGUAGES.includes(language.toLowerCase().split("-")[0] ?? "");

/** @throws UnusableAudio; then the file is removed. */
async function assertUsable(upload: string): Promise<void> {
  try {
    await using _wav = await Wav.open(upload);
  } catch (error) {
    await rm(upload, { force: true });
    throw error;
  }
}

function answer(
  response: Response,
  rid: string,
  job: Job | undefined,
  body: { processing: () => object; done: (text: string) => object },
): void {
  switch (job?.state.name) {
    case undefined:
      refuse(response, "not-found", `there is no job ${rid}, or it is forgotten`);
      break;
    case "waiting":
      response.json(body.processing());
      break;
    case "done":
      response.json(body.done(job.state.text));
      break;
    case "failed":
      refuse(response, "transcription-failed", job.state.reason, { rid });
  }
}

/** What Express's own parsers throw for a body that is the client's fault. */
const parserError = z.object({ status: z.int().min(400).max(499) });

/** Express tells error handlers by their four parameters. */
function refuseError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  if (isGone(error)) return;
  if (error instanceof QueueFull) response.set("retry-after", String(RETRY_AFTER_S));
  const name = problemOf(error);
  if (name === "internal") console.error(error);
  refuse(response, name, name === "internal" ? "see the server's log" : messageOf(error));
}

/** Whether the sender went away before the end of the body. */
const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  (error.code === "ERR_STREAM_PREMATURE_CLOSE" || error.code === "ECONNRESET");

function problemOf(error: unknown): ProblemName {
  if (error instanceof UnusableAudio) return error.fault;
  if (error instanceof KeyReused) return "key-reused";
  if (error instanceof QueueFull) return "queue-full";
  if (error instanceof TooLarge) return "too-large";
  const parsed = parserError.safeParse(error);
  if (!parsed.success) return "internal";
  return parsed.data.status === 413 ? "too-large" : "malformed";
}
