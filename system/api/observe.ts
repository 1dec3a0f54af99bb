import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { withLogIds } from "../telemetry/log-ids.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Principal } from "./auth.ts";

/** A request id that a client or proxy may choose: it goes into logs and headers. */
const saneId = /^[\w.:+/=-]{1,128}$/;

/** Gives every request an id: the one in `X-Request-Id` if it is sane, else a new one. */
export function identify(): RequestHandler {
  return (request, response, next) => {
    const given = request.get("x-request-id");
    const id = given !== undefined && saneId.test(given) ? given : randomUUID();
    response.locals.requestId = id;
    response.set("x-request-id", id);
    withLogIds({ requestId: id }, next);
  };
}

/** The pattern a request was matched by, not its path: a label for each recording would fill the memory. */
export function routeOf(request: Request): string {
  const matched: unknown = request.route?.path;
  return typeof matched === "string" ? matched : "unmatched";
}

/** Measures every request, and writes one line about it when it is over. */
export function observe(logger: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.httpDuration.startTimer({ method: request.method });
    response.once("close", () => {
      const route = routeOf(request);
      const status = response.writableFinished ? String(response.statusCode) : "aborted";
      const seconds = stop({ route, status });
      logger[levelOf(route, response)](
        {
          requestId: response.locals.requestId,
          method: request.method,
          path: request.path,
          route,
          status,
          ms: Math.round(seconds * 1_000),
          subject: (response.locals.principal as Principal | undefined)?.subject,
        },
        "request",
      );
    });
    next();
  };
}

/** Refusals are the client's matter; probes come every second and say nothing. */
function levelOf(route: string, response: Response): "debug" | "info" | "warn" | "error" {
  if (route.startsWith("/health/") || route === "/metrics") return "debug";
  if (!response.writableFinished || response.statusCode === 503) return "warn";
  return response.statusCode >= 500 ? "error" : "info";
}
