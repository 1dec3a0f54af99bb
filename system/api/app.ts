import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { z } from "zod";
import { RecordingConflict, RecordingNotFound, type RecordingsApi } from "../pipeline/recordings.ts";
import { DatabaseUnavailable } from "../storage/database.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { authenticate } from "./auth.ts";
import { checkReadiness, type HealthCheck } from "./health.ts";
import { HttpProblem, sendProblem } from "./problem.ts";
import { recordingRoutes } from "./recording-routes.ts";

export interface AppDependencies {
  readonly recordings: RecordingsApi;
  readonly jwtSecret: string;
  readonly healthChecks: Readonly<Record<string, HealthCheck>>;
  /** Whether the service is going down: clients are then asked to connect elsewhere. */
  readonly draining: () => boolean;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The HTTP interface. */
export function createApp(deps: AppDependencies): Express {
  const { metrics } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(measure(metrics), closeWhenDraining(deps.draining));

  app.get("/health/live", (_request, response) => {
    response.json({ live: true });
  });
  app.get("/health/ready", async (_request, response) => {
    const readiness = await checkReadiness({ ...deps.healthChecks, serving: () => !deps.draining() });
    metrics.ready.set(readiness.ready ? 1 : 0);
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  app.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  app.use("/api/stt/recordings", authenticate(deps.jwtSecret), recordingRoutes(deps.recordings));

  app.use(() => {
    throw new HttpProblem(404, "Not Found");
  });
  app.use(answerErrors(deps.logger));
  return app;
}

function measure(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.httpDuration.startTimer({ method: request.method });
    response.once("close", () => {
      // The pattern, not the path: a label for each recording would fill the memory.
      const matched: unknown = request.route?.path;
      const route = typeof matched === "string" ? `${request.baseUrl}${matched}` : "unmatched";
      stop({ route, status: String(response.writableFinished ? response.statusCode : "aborted") });
    });
    next();
  };
}

function closeWhenDraining(draining: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (draining()) response.set("connection", "close");
    next();
  };
}

const httpError = z.object({ status: z.int().min(400).max(499), message: z.string() });

function problemOf(error: unknown): HttpProblem | null {
  if (error instanceof HttpProblem) return error;
  if (error instanceof RecordingNotFound)
    return new HttpProblem(404, "Not Found", { detail: "no such recording" });
  if (error instanceof RecordingConflict) {
    const { missing, missingCount, beyond } = error.gaps ?? {};
    return new HttpProblem(409, "Conflict", {
      detail: error.message,
      recordingStatus: error.status,
      ...(missing?.length ? { missing: [...missing], missingCount } : {}),
      ...(beyond?.length ? { beyond: [...beyond] } : {}),
    });
  }
  if (error instanceof DatabaseUnavailable) {
    const detail = "a needed dependency is down; it may or may not have been done";
    return new HttpProblem(503, "Service Unavailable", { detail }, { "retry-after": "1" });
  }
  // Express and its body parser (too large, aborted, malformed path).
  const known = httpError.safeParse(error);
  return known.success
    ? new HttpProblem(known.data.status, "Request refused", { detail: known.data.message })
    : null;
}

function answerErrors(logger: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const problem = problemOf(error);
    if (error instanceof DatabaseUnavailable)
      logger.warn({ reason: error.message, url: request.url }, "answered 503");
    if (!problem) logger.error({ err: error, method: request.method, url: request.url }, "a request failed");
    if (response.headersSent) return next(error);
    sendProblem(response, problem ?? new HttpProblem(500, "Internal Server Error"));
  };
}
