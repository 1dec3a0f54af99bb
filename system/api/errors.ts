import type { ErrorRequestHandler } from "express";
import { z } from "zod";
import { NotAudio, RecordingConflict, RecordingNotFound } from "../pipeline/recordings.ts";
import { AudioStoreUnavailable } from "../storage/audio-store.ts";
import { DatabaseUnavailable } from "../storage/database.ts";
import type { Logger } from "../telemetry/logger.ts";
import { KeysUnavailable } from "./auth.ts";
import { HttpProblem, problem, sendProblem } from "./problem.ts";

/** Answers what handlers throw. What nobody foresaw is logged in full and answered without a word about it. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const { requestId } = response.locals;
    const known = problemOf(error);
    if (known?.problem.status === 503) logger.warn({ requestId, err: error }, "answered 503");
    if (!known)
      logger.error({ requestId, err: error, method: request.method, path: request.path }, "a request failed");
    if (response.headersSent) return next(error);
    sendProblem(response, known ?? problem("internal"));
  };
}

const retryAfterSeconds = "1";

/** Express and its body parser (too large, aborted, a malformed path). */
const httpError = z.object({ status: z.int().min(400).max(499), message: z.string() });

/** The refusal that an error stands for, or null when nobody foresaw it. */
export function problemOf(error: unknown): HttpProblem | null {
  if (error instanceof HttpProblem) return error;
  if (error instanceof RecordingNotFound) return problem("recording-not-found");
  if (error instanceof RecordingConflict) return conflict(error);
  if (error instanceof NotAudio) return problem("not-audio", { detail: error.message });
  if (isUnavailability(error)) {
    const detail = "a needed dependency is down; it may or may not have been done";
    return problem("unavailable", { detail }, { "retry-after": retryAfterSeconds });
  }
  const refused = httpError.safeParse(error).data;
  if (refused?.status === 413) return problem("body-too-large", { detail: refused.message });
  if (refused?.status === 415) return problem("unsupported-media-type", { detail: refused.message });
  return refused ? problem("invalid-request", { detail: refused.message }) : null;
}

const isUnavailability = (error: unknown) =>
  error instanceof DatabaseUnavailable ||
  error instanceof AudioStoreUnavailable ||
  error instanceof KeysUnavailable;

function conflict({ reason, message, status, gaps }: RecordingConflict): HttpProblem {
  const { missing, missingCount, beyond } = gaps ?? {};
  return problem(reason, {
    detail: message,
    recordingStatus: status,
    ...(missing?.length ? { missing: [...missing], missingCount } : {}),
    ...(beyond?.length ? { beyond: [...beyond] } : {}),
  });
}
