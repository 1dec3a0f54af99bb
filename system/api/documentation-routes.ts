import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { problemTypeView } from "../contract/api.ts";
import { openApiDocument } from "./openapi.ts";
import { problemNames, problemTypes, problemUri } from "./problem-types.ts";
import { type Route, route } from "./route.ts";

const assets = ["swagger-ui.css", "swagger-ui-bundle.js"] as const;
const swaggerUi = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>STT service: API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
// A file, not a line of the page: the content security policy allows no inline scripts.
const startScript = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, tryItOutEnabled: true });\n`;

/** What the page may load: its own files, and the images and styles that Swagger UI writes into it. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(";");

/** The API's description: for programs, for people, and of each problem. `described` are the other routes. */
export function documentationRoutes(described: readonly Route[]): Route[] {
  const common = { method: "get", tag: "Documentation", scope: null, problems: [] } as const;
  let document: unknown;
  const routes: Route[] = [
    route({
      ...common,
      path: "/openapi.json",
      operationId: "openapi",
      summary: "This document",
      replies: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) } },
      handle: () => {
        document ??= openApiDocument([...described, ...routes]);
        return { status: 200, body: document };
      },
    }),
    route({
      ...common,
      path: "/docs",
      operationId: "docs",
      summary: "This document as a page",
      replies: { 200: { description: "The page.", schema: z.string(), mediaTypes: ["text/html"] } },
      handle: () => ({
        status: 200,
        type: "text/html",
        headers: { "content-security-policy": pagePolicy },
        body: page,
      }),
    }),
    route({
      ...common,
      path: "/docs/{file}",
      operationId: "docsFile",
      summary: "A file of the page",
      params: z.object({ file: z.enum([...assets, "start.js"]) }),
      replies: {
        200: {
          description: "The file.",
          schema: z.string(),
          mediaTypes: ["text/css", "text/javascript"],
        },
      },
      handle: async ({ params: { file } }) => ({
        status: 200,
        type: file.endsWith(".css") ? "text/css" : "text/javascript",
        headers: { "cache-control": "max-age=3600" },
        body: file === "start.js" ? startScript : await readFile(join(swaggerUi, file), "utf8"),
      }),
    }),
    route({
      ...common,
      path: "/problems/{name}",
      operationId: "problemType",
      summary: "What a type of problem means",
      params: z.object({ name: z.enum(problemNames) }),
      replies: { 200: { description: "The meaning.", schema: problemTypeView } },
      handle: ({ params: { name } }) => ({
        status: 200,
        body: { type: problemUri(name), ...problemTypes[name] },
      }),
    }),
  ];
  return routes;
}
