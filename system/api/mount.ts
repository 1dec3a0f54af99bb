import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import { authenticate, type Principal, principalOf, requireScope, type TokenVerifier } from "./auth.ts";
import { problem } from "./problem.ts";
import { limitRate, type RateLimiter } from "./rate-limit.ts";
import type { BodyDeclaration, Reply, Route } from "./route.ts";

export interface Guards {
  readonly tokens: TokenVerifier;
  /** Null: no limit. */
  readonly rateLimiter: RateLimiter | null;
}

/** What a body may have that a route has no use for; it is read and ignored. */
const uselessBodyBytes = 16 * 1024;

const nobody: Principal = { subject: "", scopes: new Set() };

/** Makes the routes, and for each of their paths the answers to the methods that it has not. */
export function mountRoutes(app: Express, routes: readonly Route[], guards: Guards): void {
  for (const route of routes) {
    const readBody = bodyReader(route.body);
    app[route.method](expressPath(route.path), ...guardsOf(route, guards), async (request, response) => {
      const reply = await route.answer({
        principal: route.scope === null ? nobody : principalOf(response),
        params: request.params,
        query: request.query,
        headers: request.headers,
        mediaType: essenceOf(request),
        readBody: () => readBody(request, response),
      });
      send(response, reply);
    });
  }
  for (const [path, sharing] of Map.groupBy(routes, ({ path }) => path)) {
    app.all(expressPath(path), otherMethods(sharing));
  }
}

/** `/a/{id}` as Express writes it: `/a/:id`. */
export const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

function guardsOf({ scope }: Route, { tokens, rateLimiter }: Guards): RequestHandler[] {
  if (scope === null) return [];
  return [
    authenticate(tokens),
    ...(rateLimiter === null ? [] : [limitRate(rateLimiter)]),
    requireScope(scope),
  ];
}

function otherMethods(sharing: readonly Route[]): RequestHandler {
  const methods = new Set(sharing.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : ["POST"])));
  const allow = [...methods, "OPTIONS"].join(", ");
  return (request, response) => {
    if (request.method !== "OPTIONS") throw problem("method-not-allowed", {}, { allow });
    response.status(204).set("allow", allow).end();
  };
}

/** The media type without its parameters, in lower case; empty when there is none. */
function essenceOf(request: Request): string {
  return request.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Reads a request's body, of the media types and the size that are declared. */
function bodyReader(declared: BodyDeclaration | undefined) {
  // Not inflated: a limit on what is sent is then a limit on what is held.
  const limit = declared?.maxBytes ?? uselessBodyBytes;
  const read = express.raw({ type: () => true, limit, inflate: false });
  return async (request: Request, response: Response): Promise<Uint8Array> => {
    if (declared && !declared.mediaTypes.includes(essenceOf(request))) {
      const mediaTypes = declared.mediaTypes.join(", ");
      const detail = `Content-Type is one of ${mediaTypes}`;
      throw problem("unsupported-media-type", { detail }, { accept: mediaTypes });
    }
    await new Promise<void>((resolve, reject) => {
      read(request, response, (error: unknown) => (error ? reject(error) : resolve()));
    });
    return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  };
}

function send(response: Response, { status, headers = {}, body, type }: Reply): void {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else if (type === undefined) response.json(body);
  else response.type(type).send(body);
}
