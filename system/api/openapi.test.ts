import { expect } from "chai";
import { z } from "zod";
import { problemTypeView } from "../contract/api.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { ApiServer, noRecordings } from "../testing/api-server.ts";
import { createApp } from "./app.ts";
import { TokenVerifier } from "./auth.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import { expressPath } from "./mount.ts";
import { problemsOf } from "./openapi.ts";
import { problemNames, problemTypes, problemUri } from "./problem-types.ts";
import { recordingRoutes } from "./recording-routes.ts";

const operation = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  responses: z.record(
    z.string(),
    z.looseObject({
      description: z.string(),
      links: z
        .record(z.string(), z.object({ operationId: z.string(), parameters: z.object({ id: z.string() }) }))
        .optional(),
    }),
  ),
});
const openApi = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

describe("the API's document", () => {
  const server = new ApiServer();
  const notCalled = async () => {
    throw new Error("not expected to be called");
  };
  const deadLetters = { list: notCalled, find: notCalled, requeue: notCalled };
  const routes = [...recordingRoutes(noRecordings), ...deadLetterRoutes(deadLetters)];
  let document: z.infer<typeof openApi>;

  before(async () => {
    await server.start({ routes });
    document = openApi.parse(await (await server.call("/openapi.json", {}, null)).json());
  });
  after(() => server[Symbol.asyncDispose]());

  /** What the router has, as `METHOD /path`. */
  function mounted(): string[] {
    const app = createApp({
      routes,
      tokens: new TokenVerifier({ secret: "s" }),
      rateLimiter: null,
      healthChecks: {},
      draining: () => false,
      logger: createLogger("test", "silent"),
      metrics: createMetrics("test"),
    });
    return app.router.stack.flatMap(({ route }) => {
      if (!route) return [];
      // `app.all` is the answer to the methods that a path does not have: 405.
      const methods = new Set(
        route.stack.map(({ method }) => method).filter((method) => method !== undefined),
      );
      return methods.size > 2 ? [] : [...methods].map((method) => `${method} ${route.path}`);
    });
  }

  it("lists the routes that there are, and no others", () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${expressPath(path)}`),
    );
    expect(documented.toSorted()).to.deep.equal(mounted().toSorted());
    expect(documented).to.include("post /api/stt/recordings/:id/chunks");
  });

  it("documents for every route the statuses of all problems it can answer with", () => {
    for (const route of routes) {
      const { responses } = document.paths[route.path]?.[route.method] ?? { responses: {} };
      const statuses = [
        ...Object.keys(route.replies),
        ...problemsOf(route).map((name) => String(problemTypes[name].status)),
      ];
      expect(Object.keys(responses).toSorted(), route.path).to.deep.equal([...new Set(statuses)].toSorted());
    }
    const chunks = document.paths["/api/stt/recordings/{id}/chunks"]?.post?.responses ?? {};
    expect(Object.keys(chunks)).to.include.members(
      "202 400 401 403 404 408 409 413 415 422 429 431 500 503".split(" "),
    );
  });

  it("has an id of its own for every operation, and says which of them need a token", () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    const open = operations
      .filter(({ security }) => security.length === 0)
      .map(({ operationId }) => operationId);
    expect(open.toSorted()).to.deep.equal(
      ["live", "ready", "metrics", "openapi", "docs", "docsFile", "problemType"].toSorted(),
    );
  });

  it("links what starts a recording with what can be done with it, by operations that there are", () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    const linked = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ links = {} }) =>
        Object.values(links).map(({ operationId }) => operationId),
      ),
    );
    expect(linked).to.include("addChunk");
    expect(ids).to.include.members(linked);
  });

  it("is a page, too, that loads only what this server has and its policy allows", async () => {
    const response = await server.call("/docs", {}, null);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy)
      .to.contain("script-src 'self'")
      .and.not.to.match(/script-src[^;]*unsafe/);
    const html = await response.text();
    expect(html).not.to.match(/<script>|https?:/);
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? "");
    expect(files).to.have.length(3);
    for (const file of files) {
      const loaded = await server.call(file, {}, null);
      expect(loaded.status, file).to.equal(200);
      expect(loaded.headers.get("content-type"), file).to.match(
        file.endsWith(".css") ? /^text\/css/ : /^text\/javascript/,
      );
    }
  });

  it("has a page for every type of problem", async () => {
    for (const name of problemNames) {
      const view = problemTypeView.parse(await (await server.call(problemUri(name), {}, null)).json());
      expect(view).to.deep.equal({ type: problemUri(name), ...problemTypes[name] });
    }
  });
});
