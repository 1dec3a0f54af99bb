import { expect } from "chai";
import { SignJWT } from "jose";
import { maxChunkBytes, problem } from "../contract/api.ts";
import { RecordingConflict, RecordingNotFound, type RecordingsApi } from "../pipeline/recordings.ts";
import { DatabaseUnavailable } from "../storage/database.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createApp } from "./app.ts";
import { type HttpServer, listen } from "./server.ts";

const secret = "a-secret-for-tests";
const id = "01M83AGRXZB6GB41V1Q6R70VT2";
const sign = (claims: Record<string, unknown>, key = secret) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(key));

const refuse = async () => {
  throw new Error("not expected to be called");
};
const unused: RecordingsApi = {
  create: refuse,
  addChunk: refuse,
  heartbeat: refuse,
  requestTranscription: refuse,
  status: refuse,
  view: refuse,
  finishSilent: refuse,
};

describe("the HTTP interface", () => {
  let recordings: RecordingsApi;
  let server: HttpServer;
  let token: string;
  let draining = false;
  let databaseOk = true;

  before(async () => {
    token = await sign({ sub: "alice" });
    const delegate = new Proxy(unused, {
      get: (_, name) => Reflect.get(recordings, name),
    });
    const app = createApp({
      recordings: delegate,
      jwtSecret: secret,
      healthChecks: { database: () => databaseOk },
      draining: () => draining,
      logger: createLogger("test", "silent"),
      metrics: createMetrics("test"),
    });
    server = await listen(app, { host: "127.0.0.1", port: 0 });
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    recordings = unused;
    draining = false;
    databaseOk = true;
  });

  const call = (path: string, init: RequestInit = {}, bearer: string | null = token) =>
    fetch(`http://127.0.0.1:${server.address.port}${path}`, {
      ...init,
      headers: { ...init.headers, ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
    });
  const chunk = (query: string, body: Uint8Array<ArrayBuffer>, type = "application/octet-stream") =>
    call(`/api/stt/recordings/${id}/chunks?${query}`, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
  const problemOf = async (response: Response) => {
    expect(response.headers.get("content-type")).to.contain("application/problem+json");
    const body = problem.parse(await response.json());
    expect(body.status).to.equal(response.status);
    return body;
  };

  it("refuses requests without a valid token", async () => {
    const forged = await sign({ sub: "alice" }, "another-secret");
    const expired = await sign({ sub: "alice", exp: 1 });
    const nameless = await sign({});
    for (const bearer of [null, "nonsense", forged, expired, nameless]) {
      const response = await call("/api/stt/recordings", { method: "POST" }, bearer);
      expect((await problemOf(response)).status).to.equal(401);
      expect(response.headers.get("www-authenticate")).to.match(/^Bearer/);
    }
  });

  it("creates a recording for the token's subject", async () => {
    let owner: string | undefined;
    recordings = {
      ...unused,
      create: async (subject) => {
        owner = subject;
        return { id, status: "RECORDING" } as Awaited<ReturnType<RecordingsApi["create"]>>;
      },
    };
    const response = await call("/api/stt/recordings", { method: "POST" });
    expect(response.status).to.equal(201);
    expect(await response.json()).to.deep.equal({ id, status: "RECORDING" });
    expect(owner).to.equal("alice");
  });

  it("hands chunks over as they are, the empty one too", async () => {
    const seen: unknown[] = [];
    recordings = {
      ...unused,
      addChunk: async (_owner, _id, { seq, bytes, finish }) => {
        seen.push([seq, bytes.length, finish]);
        return "RECORDING";
      },
    };
    expect(await (await chunk("seq=0", new Uint8Array(640))).json()).to.deep.equal({
      id,
      seq: 0,
      status: "RECORDING",
    });
    await chunk("seq=1&finish=true", new Uint8Array(0));
    expect(seen).to.deep.equal([
      [0, 640, false],
      [1, 0, true],
    ]);
  });

  it("refuses malformed chunks", async () => {
    expect((await problemOf(await chunk("seq=-1", new Uint8Array(2)))).status).to.equal(400);
    expect((await problemOf(await chunk("", new Uint8Array(2)))).status).to.equal(400);
    expect((await problemOf(await chunk("seq=0&finish=maybe", new Uint8Array(2)))).status).to.equal(400);
    expect((await problemOf(await chunk("seq=0", new Uint8Array(3)))).status).to.equal(400);
    expect((await problemOf(await chunk("seq=0", new Uint8Array(2), "audio/ogg"))).status).to.equal(415);
    expect((await problemOf(await chunk("seq=0", new Uint8Array(maxChunkBytes + 2)))).status).to.equal(413);
  });

  it("names what is missing when a finish is refused", async () => {
    recordings = {
      ...unused,
      addChunk: async () => {
        throw new RecordingConflict("1 chunk is missing", "RECORDING", {
          complete: false,
          missing: [1],
          missingCount: 1,
          beyond: [],
        });
      },
    };
    const body = await problemOf(await chunk("seq=2&finish=true", new Uint8Array(2)));
    expect(body).to.include({ status: 409, recordingStatus: "RECORDING", missingCount: 1 });
    expect(body.missing).to.deep.equal([1]);
  });

  it("answers 404 for what is not there, and for what cannot be an id", async () => {
    recordings = {
      ...unused,
      status: async () => {
        throw new RecordingNotFound(id);
      },
    };
    for (const path of [`${id}/status`, "..%2F..%2Fetc/status", "nonsense/status"]) {
      expect((await problemOf(await call(`/api/stt/recordings/${path}`))).status).to.equal(404);
    }
    expect((await problemOf(await call("/nowhere", {}, null))).status).to.equal(404);
  });

  it("answers 503 with Retry-After when PostgreSQL is away, and hides what went wrong otherwise", async () => {
    recordings = {
      ...unused,
      view: async () => {
        throw new DatabaseUnavailable(new Error("refused"));
      },
      create: async () => {
        throw new Error("a secret of ours");
      },
    };
    const away = await call(`/api/stt/recordings/${id}`);
    expect((await problemOf(away)).status).to.equal(503);
    expect(away.headers.get("retry-after")).to.equal("1");
    const broken = await problemOf(await call("/api/stt/recordings", { method: "POST" }));
    expect(broken.status).to.equal(500);
    expect(JSON.stringify(broken)).not.to.contain("secret");
  });

  it("tells readiness by check, and liveness always", async () => {
    expect((await call("/health/ready", {}, null)).status).to.equal(200);
    databaseOk = false;
    const unready = await call("/health/ready", {}, null);
    expect(unready.status).to.equal(503);
    expect(await unready.json()).to.deep.equal({
      ready: false,
      checks: { database: { ok: false }, serving: { ok: true } },
    });
    databaseOk = true;
    draining = true;
    const leaving = await call("/health/ready", {}, null);
    expect(leaving.status).to.equal(503);
    expect(leaving.headers.get("connection")).to.equal("close");
    expect((await call("/health/live", {}, null)).status).to.equal(200);
  });

  it("measures by route, not by path", async () => {
    const text = await (await call("/metrics", {}, null)).text();
    expect(text).to.contain('route="/api/stt/recordings/:id/chunks"');
    expect(text).not.to.contain(id);
  });
});
