import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { traceRequests } from "../telemetry/http-spans.ts";
import { withLogIds } from "../telemetry/log-ids.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { TokenVerifier } from "./auth.ts";
import { documentationRoutes } from "./documentation-routes.ts";
import { answerErrors } from "./errors.ts";
import { mountRoutes } from "./mount.ts";
import { identify, observe, routeOf } from "./observe.ts";
import { type OperationDependencies, operationRoutes } from "./operation-routes.ts";
import { problem } from "./problem.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Route } from "./route.ts";

export interface AppDependencies extends OperationDependencies {
  /** What the service is for; operations and documentation come on top. */
  readonly routes: readonly Route[];
  readonly tokens: TokenVerifier;
  /** Null: no limit. */
  readonly rateLimiter: RateLimiter | null;
  readonly logger: Logger;
}

/** The HTTP interface: exactly the routes that its own document lists. */
export function createApp(deps: AppDependencies): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(
    identify(),
    traceRequests(routeOf),
    observe(deps.logger, deps.metrics),
    securityHeaders,
    closeWhenDraining(deps.draining),
  );

  app.param("id", (_request, _response, next, id: string) => withLogIds({ recording: id }, next));

  const described = [...deps.routes, ...operationRoutes(deps)];
  mountRoutes(app, [...described, ...documentationRoutes(described)], deps);

  app.use(() => {
    throw problem("not-found");
  });
  app.use(answerErrors(deps.logger));
  return app;
}

/** Answers are data, not pages: nothing in them is to be loaded, framed or run. The page of docs says otherwise. */
const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] },
  },
});

function closeWhenDraining(draining: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (draining()) response.set("connection", "close");
    next();
  };
}
