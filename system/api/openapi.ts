import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { problem } from "../contract/api.ts";
import { scopes } from "./auth.ts";
import { type ProblemName, problemTypes, problemUri } from "./problem-types.ts";
import type { ReplyDeclaration, Route } from "./route.ts";

/** The OpenAPI 3.1 document of the routes, from the schemas that validate. */
export function openApiDocument(routes: readonly Route[]): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "STT service",
      version: "1",
      description:
        "Recordings in, texts and summaries out. Refusals are problems (RFC 9457) whose `type` is stable; every request may be sent again.",
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: `HS256 or RS256. \`sub\` is the owner of recordings; \`scope\` holds what is allowed, separated by spaces: ${scopes.join(", ")}.`,
        },
      },
    },
  });
}

/** Every problem a route can answer with: its own, and those that come with what it declares. */
export function problemsOf(route: Route): ProblemName[] {
  const names: ProblemName[] = [
    "invalid-request",
    "timeout",
    "headers-too-large",
    "internal",
    ...route.problems,
  ];
  if (route.scope !== null)
    names.push("unauthenticated", "insufficient-scope", "rate-limited", "unavailable");
  if (route.params) names.push(route.absent);
  if (route.body) names.push("unsupported-media-type");
  names.push("body-too-large");
  return [...new Set(names)];
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, scope, params, query, headers, body } = route;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: scope === null ? [] : [{ bearer: [scope] }],
    requestParams: {
      ...(params ? { path: params } : {}),
      ...(query ? { query } : {}),
      header: requestHeaders.extend(headers?.shape ?? {}),
    },
    ...(body
      ? {
          requestBody: {
            description: body.description,
            required: true,
            content: Object.fromEntries(body.mediaTypes.map((type) => [type, {}])),
          },
        }
      : {}),
    responses: { ...goodResponses(route), ...problemResponses(route) },
  };
}

const requestHeaders = z.object({
  "x-request-id": z
    .string()
    .optional()
    .meta({
      description: "An id of the client's for the request, for logs; else the service makes one.",
      param: { id: "X-Request-Id" },
    }),
});

const everyHeader = z.object({
  "x-request-id": z
    .string()
    .optional()
    .meta({
      description: "The request's id in the service's log; missing where a request was no HTTP.",
      header: { id: "X-Request-Id" },
    }),
});
const limitHeaders = everyHeader.extend({
  "ratelimit-policy": z
    .string()
    .optional()
    .meta({
      description: "The limit: `q` requests in `w` seconds.",
      example: '"subject";q=6000;w=60',
      header: { id: "RateLimit-Policy" },
    }),
  ratelimit: z
    .string()
    .optional()
    .meta({
      description: "What is left: `r` requests for `t` seconds.",
      example: '"subject";r=5998;t=42',
      header: { id: "RateLimit" },
    }),
});
const retryHeaders = z.object({
  "retry-after": z
    .string()
    .regex(/^\d+$/)
    .meta({ description: "Seconds to wait.", example: "1", header: { id: "Retry-After" } }),
});
const challengeHeaders = z.object({
  "www-authenticate": z.string().meta({
    description: "What is wrong with the token.",
    example: 'Bearer error="invalid_token"',
    header: { id: "WWW-Authenticate" },
  }),
});

const commonHeaders = ({ scope }: Route) => (scope === null ? everyHeader : limitHeaders);

function goodResponses(route: Route): ZodOpenApiResponsesObject {
  const responseOf = ({ description, schema, mediaTypes, headers, links }: ReplyDeclaration) => ({
    description,
    ...(links ? { links: linksOf(links) } : {}),
    headers: commonHeaders(route).extend(headers?.shape ?? {}),
    ...(schema
      ? {
          content: Object.fromEntries((mediaTypes ?? ["application/json"]).map((type) => [type, { schema }])),
        }
      : {}),
  });
  return Object.fromEntries(
    Object.entries(route.replies).map(([status, reply]) => [status as "200", responseOf(reply)]),
  );
}

function linksOf({ id, operations }: NonNullable<ReplyDeclaration["links"]>) {
  return Object.fromEntries(
    operations.map((operationId) => [operationId, { operationId, parameters: { id } }]),
  );
}

/** One response a status; the types it can have are its examples. */
function problemResponses(route: Route): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(problemsOf(route), (name) => problemTypes[name].status);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      String(status) as "400",
      {
        description: names.map((name) => `\`${problemUri(name)}\`: ${problemTypes[name].title}.`).join(" "),
        headers: headersOfStatus(route, status),
        content: {
          "application/problem+json": {
            schema: problem,
            examples: Object.fromEntries(
              names.map((name) => {
                const { title, description } = problemTypes[name];
                return [name, { summary: description, value: { type: problemUri(name), title, status } }];
              }),
            ),
          },
        },
      },
    ]),
  );
}

function headersOfStatus(route: Route, status: number): z.ZodObject {
  const common = commonHeaders(route);
  if (status === 429 || status === 503) return common.extend(retryHeaders.shape);
  if (status === 401 || status === 403) return common.extend(challengeHeaders.shape);
  return common;
}
