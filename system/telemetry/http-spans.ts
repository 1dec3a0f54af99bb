import { context, SpanStatusCode } from "@opentelemetry/api";
import type { Request, RequestHandler } from "express";
import { SpanKind, startSpan, tracingIsOn } from "./tracing.ts";

/**
 * A span for each request, in the caller's trace when it sends a `traceparent`.
 * @param routeOf the pattern the request was matched by, asked when the response is over.
 */
export function traceRequests(routeOf: (request: Request) => string): RequestHandler {
  return (request, response, next) => {
    if (!tracingIsOn()) return next();
    const { method } = request;
    const { span, within } = startSpan(method, {
      kind: SpanKind.SERVER,
      attributes: { "http.request.method": method, "url.path": request.path },
      cause: traceContextOf(request),
    });
    response.once("close", () => {
      const route = routeOf(request);
      const status = response.statusCode;
      span.updateName(`${method} ${route}`);
      span.setAttributes({ "http.route": route, "http.response.status_code": status });
      if (status >= 500 || !response.writableFinished) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(within, next);
  };
}

function traceContextOf(request: Request): Record<string, string> {
  const names = ["traceparent", "tracestate"];
  return Object.fromEntries(names.map((name) => [name, request.get(name) ?? ""]));
}
