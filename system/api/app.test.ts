import { expect } from "chai";
import { maxChunkBytes, problem } from "../contract/api.ts";
import { RecordingConflict, RecordingNotFound } from "../pipeline/recordings.ts";
import { AudioStoreUnavailable } from "../storage/audio-store.ts";
import { DatabaseUnavailable } from "../storage/database.ts";
import { ApiServer, noRecordings } from "../testing/api-server.ts";
import { KeysUnavailable, TokenVerifier } from "./auth.ts";

const id = "01M83AGRXZB6GB41V1Q6R70VT2";
const base = "/api/stt/recordings";
/** What a row of the database has and no answer shows. */
const unseen = {
  owner: "alice",
  fence: "7",
  attempt: 2,
  progress: null,
  format: "pcm" as const,
  sttRid: "rid",
  summaryRid: null,
};

describe("the HTTP interface", () => {
  const server = new ApiServer();
  before(() => server.start());
  after(() => server[Symbol.asyncDispose]());
  beforeEach(() => server.reset());

  const post = (path: string, init: RequestInit = {}) => server.call(path, { method: "POST", ...init });
  const chunk = (
    query: string,
    body: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = { "content-type": "application/octet-stream" },
  ) => post(`${base}/${id}/chunks${query}`, { body, headers });
  const problemOf = async (response: Response) => {
    expect(response.headers.get("content-type")).to.contain("application/problem+json");
    const body = problem.parse(await response.json());
    expect(body.status).to.equal(response.status);
    expect(body.requestId).to.equal(response.headers.get("x-request-id"));
    return body;
  };
  /** The status and the name of the problem that a response is. */
  const refusal = async (response: Response) => {
    const { status, type } = await problemOf(response);
    return `${status} ${type.replace("/problems/", "")}`;
  };
  const throwing = (error: Error) => async () => {
    throw error;
  };

  it("creates a recording for the token's subject", async () => {
    let asked: unknown;
    server.recordings = {
      ...noRecordings,
      create: async (...args) => {
        asked = args;
        return { id, replayed: false };
      },
    };
    const response = await post(base);
    expect(response.status).to.equal(201);
    expect(response.headers.get("location")).to.equal(`${base}/${id}`);
    expect(response.headers.get("idempotent-replayed")).to.equal(null);
    expect(await response.json()).to.deep.equal({ id, status: "RECORDING" });
    expect(asked).to.deep.equal(["alice", undefined]);
  });

  it("hands an Idempotency-Key on, and tells a replay", async () => {
    let asked: unknown;
    server.recordings = {
      ...noRecordings,
      create: async (...args) => {
        asked = args;
        return { id, replayed: true };
      },
    };
    const response = await post(base, { headers: { "idempotency-key": "a-key" } });
    expect(response.status).to.equal(201);
    expect(response.headers.get("idempotent-replayed")).to.equal("true");
    expect(await response.json()).to.deep.equal({ id, status: "RECORDING" });
    expect(asked).to.deep.equal(["alice", "a-key"]);
  });

  it("refuses a bad Idempotency-Key on every POST", async () => {
    for (const path of [base, `${base}/${id}/heartbeat`, `${base}/${id}/transcription`]) {
      for (const key of ["", "two words", "k".repeat(256)]) {
        const response = await post(path, { headers: { "idempotency-key": key } });
        const { type, detail } = await problemOf(response);
        expect(type).to.equal("/problems/invalid-request");
        expect(detail).to.contain("idempotency-key");
      }
    }
  });

  it("hands chunks over as they are, with their format, the empty last one too", async () => {
    const seen: unknown[] = [];
    server.recordings = {
      ...noRecordings,
      addChunk: async (_owner, _id, { seq, bytes, finish, format }) => {
        seen.push([seq, bytes.length, finish, format]);
        return "RECORDING";
      },
    };
    const first = await chunk("?seq=0", new Uint8Array(640));
    expect(first.status).to.equal(202);
    expect(await first.json()).to.deep.equal({ id, seq: 0, status: "RECORDING" });
    await chunk("?seq=1", new Uint8Array(3), { "content-type": "Audio/WebM; codecs=opus" });
    await chunk("?seq=2", new Uint8Array(3), { "content-type": "audio/ogg" });
    await chunk("?seq=999999&finish=true", new Uint8Array(0));
    expect(seen).to.deep.equal([
      [0, 640, false, "pcm"],
      [1, 3, false, "webm"],
      [2, 3, false, "ogg"],
      [999_999, 0, true, "pcm"],
    ]);
  });

  it("refuses malformed chunks, each in its own way, before the recording is asked", async () => {
    const two = new Uint8Array(2);
    const queries = ["", "?seq=", "?seq=-1", "?seq=1000000", "?seq=1e3", "?seq=0x1", "?seq=%201", "?seq=1.0"];
    for (const query of [...queries, "?seq=1&seq=2", "?seq=0&finish=maybe", "?seq=0&finish="]) {
      expect(await refusal(await chunk(query, two)), query).to.equal("400 invalid-request");
    }
    expect(await refusal(await chunk("?seq=0", new Uint8Array(0)))).to.equal("400 empty-chunk");
    expect(await refusal(await chunk("?seq=0", new Uint8Array(3)))).to.equal("400 odd-bytes");
    const tooLarge = new Uint8Array(maxChunkBytes + 2);
    expect(await refusal(await chunk("?seq=0", tooLarge))).to.equal("413 body-too-large");
    const types = [{}, { "content-type": "application/json" }, { "content-type": "audio/webmx" }];
    for (const headers of types) {
      const response = await chunk("?seq=0", two, headers);
      expect(response.headers.get("accept")).to.contain("audio/webm");
      expect(await refusal(response)).to.equal("415 unsupported-media-type");
    }
    const deflated = { "content-type": "application/octet-stream", "content-encoding": "gzip" };
    expect(await refusal(await chunk("?seq=0", two, deflated))).to.equal("415 unsupported-media-type");
  });

  it("accepts a chunk of exactly 4 MiB", async () => {
    server.recordings = { ...noRecordings, addChunk: async () => "RECORDING" };
    expect((await chunk("?seq=0", new Uint8Array(maxChunkBytes))).status).to.equal(202);
  });

  it("ignores a small body where none is needed, and refuses a large one", async () => {
    server.recordings = { ...noRecordings, create: async () => ({ id, replayed: false }) };
    expect((await post(base, { body: "{}" })).status).to.equal(201);
    expect(await refusal(await post(base, { body: new Uint8Array(17 * 1024) }))).to.equal(
      "413 body-too-large",
    );
  });

  it("tells the conflicts apart, and names what is missing when a finish is refused", async () => {
    const last = () => chunk("?seq=2&finish=true", new Uint8Array(2));
    const gaps = { complete: false, missing: [1], missingCount: 1, beyond: [] } as const;
    for (const reason of ["chunk-conflict", "format-conflict", "recording-over"] as const) {
      const error = new RecordingConflict(reason, "no", "RECORDING");
      server.recordings = { ...noRecordings, addChunk: throwing(error) };
      expect(await refusal(await last())).to.equal(`409 ${reason}`);
    }
    const error = new RecordingConflict("chunks-missing", "1 chunk is missing", "RECORDING", gaps);
    server.recordings = { ...noRecordings, addChunk: throwing(error) };
    const body = await problemOf(await last());
    expect(body).to.deep.include({
      type: "/problems/chunks-missing",
      instance: `${base}/${id}/chunks`,
      detail: "1 chunk is missing",
      recordingStatus: "RECORDING",
      missing: [1],
      missingCount: 1,
    });
    expect(body).not.to.have.property("beyond");
  });

  it("passes on what becomes of a recording", async () => {
    const row = { id, status: "FAILED", version: 3, text: null, summary: null, error: "why" } as const;
    const timings = { RECORDING: "2026-01-01T00:00:00.000Z" };
    server.recordings = {
      ...noRecordings,
      heartbeat: async () => {},
      requestTranscription: async () => "PROCESSING",
      status: async () => ({ ...row, progress: 50 }),
      view: async () => ({ ...unseen, ...row, timings }),
    };
    expect((await post(`${base}/${id}/heartbeat`)).status).to.equal(204);
    const converting = await post(`${base}/${id}/transcription`);
    expect(converting.status).to.equal(202);
    expect(await converting.json()).to.deep.equal({ id, status: "PROCESSING" });
    const status = await (await server.call(`${base}/${id}/status`)).json();
    expect(status).to.deep.equal({ id, status: "FAILED", version: 3, progress: 50 });
    const view = await (await server.call(`${base}/${id}`)).json();
    expect(view).to.deep.equal({ ...row, timings });
  });

  it("answers 404 for what is not there, and for what cannot be an id", async () => {
    server.recordings = { ...noRecordings, status: throwing(new RecordingNotFound(id)) };
    for (const path of [`${id}/status`, "..%2F..%2Fetc/status", "nonsense/status", `${id}0/status`]) {
      expect(await refusal(await server.call(`${base}/${path}`))).to.equal("404 recording-not-found");
    }
    expect(await refusal(await server.call("/nowhere", {}, null))).to.equal("404 not-found");
    expect(await refusal(await server.call("/docs/package.json", {}, null))).to.equal("404 not-found");
    expect(await refusal(await server.call(`${base}/%ZZ`))).to.equal("400 invalid-request");
  });

  it("answers other methods of its paths with 405 and Allow, and OPTIONS with Allow", async () => {
    for (const [path, allow] of [
      [base, "POST, OPTIONS"],
      [`${base}/${id}`, "GET, HEAD, OPTIONS"],
      ["/health/live", "GET, HEAD, OPTIONS"],
    ] as const) {
      const refused = await server.call(path, { method: "DELETE" }, null);
      expect(await refusal(refused)).to.equal("405 method-not-allowed");
      expect(refused.headers.get("allow")).to.equal(allow);
      const options = await server.call(path, { method: "OPTIONS" }, null);
      expect([options.status, options.headers.get("allow")]).to.deep.equal([204, allow]);
    }
    expect((await server.call("/health/live", { method: "HEAD" }, null)).status).to.equal(200);
  });

  it("asks for the scope that a route needs, and names it", async () => {
    const bearer = await server.sign("alice", "stt:read other");
    const refused = await server.call(base, { method: "POST" }, bearer);
    expect(refused.headers.get("www-authenticate")).to.contain('scope="stt:write"');
    expect(await problemOf(refused)).to.include({ type: "/problems/insufficient-scope", scope: "stt:write" });
    server.recordings = { ...noRecordings, status: throwing(new RecordingNotFound(id)) };
    expect((await server.call(`${base}/${id}/status`, {}, bearer)).status).to.equal(404);
  });

  it("refuses requests without a valid token", async () => {
    for (const bearer of [null, "nonsense"]) {
      const refused = await server.call(base, { method: "POST" }, bearer);
      expect(refused.headers.get("www-authenticate")).to.match(/^Bearer/);
      expect(await refusal(refused)).to.equal("401 unauthenticated");
    }
  });

  it("answers 503 with Retry-After while PostgreSQL or the audio store is away", async () => {
    for (const error of [
      new DatabaseUnavailable(new Error("refused")),
      new AudioStoreUnavailable("a disk is full", new Error("ENOSPC")),
    ]) {
      server.recordings = { ...noRecordings, addChunk: throwing(error) };
      const away = await chunk("?seq=0", new Uint8Array(2));
      expect(away.headers.get("retry-after")).to.equal("1");
      expect(await refusal(away)).to.equal("503 unavailable");
      expect(server.logged.find(({ msg }) => msg === "answered 503")).to.include({ level: 40 });
    }
  });

  it("answers 503, not 401, while nobody can say whether a token is good", async () => {
    await using other = new ApiServer();
    const tokens = new TokenVerifier({ secret: "s" });
    tokens.verify = throwing(new KeysUnavailable("down"));
    await other.start({ tokens });
    const away = await other.call(base, { method: "POST" });
    expect(away.headers.get("retry-after")).to.equal("1");
    expect(await refusal(away)).to.equal("503 unavailable");
  });

  it("hides what nobody foresaw from the client, and logs it", async () => {
    server.recordings = { ...noRecordings, create: throwing(new Error("a secret of ours")) };
    const broken = await problemOf(await post(base));
    expect(broken.type).to.equal("/problems/internal");
    expect(JSON.stringify(broken)).not.to.contain("secret");
    const logged = server.logged.find(({ msg }) => msg === "a request failed");
    expect(logged).to.include({ level: 50, requestId: broken.requestId });
    expect(JSON.stringify(logged)).to.contain("a secret of ours");
  });

  it("keeps a sane request id, replaces another, and writes one line a request", async () => {
    server.recordings = { ...noRecordings, status: throwing(new RecordingNotFound(id)) };
    const ask = (requestId: string) =>
      server.call(`${base}/${id}/status`, { headers: { "x-request-id": requestId } });
    expect((await problemOf(await ask("trace-7"))).requestId).to.equal("trace-7");
    for (const bad of ["two words", "x".repeat(129), '{"a":1}']) {
      expect((await problemOf(await ask(bad))).requestId).to.match(/^[0-9a-f-]{36}$/);
    }
    const lines = server.logged.filter(({ requestId }) => requestId === "trace-7");
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      level: 30,
      msg: "request",
      method: "GET",
      path: `${base}/${id}/status`,
      route: `${base}/:id/status`,
      status: "404",
      subject: "alice",
    });
    expect(JSON.stringify(server.logged)).not.to.contain("Bearer");
  });

  it("sets the headers that keep browsers from running answers", async () => {
    const { headers } = await server.call("/health/live", {}, null);
    expect(headers.get("content-security-policy")).to.contain("default-src 'none'");
    expect(headers.get("x-content-type-options")).to.equal("nosniff");
    expect(headers.get("x-powered-by")).to.equal(null);
  });

  it("tells readiness by check, and liveness always", async () => {
    expect((await server.call("/health/ready", {}, null)).status).to.equal(200);
    server.databaseOk = false;
    const unready = await server.call("/health/ready", {}, null);
    expect(unready.status).to.equal(503);
    expect(await unready.json()).to.deep.equal({
      ready: false,
      checks: { database: { ok: false }, serving: { ok: true } },
    });
    server.databaseOk = true;
    server.draining = true;
    const leaving = await server.call("/health/ready", {}, null);
    expect(leaving.status).to.equal(503);
    expect(leaving.headers.get("connection")).to.equal("close");
    expect((await server.call("/health/live", {}, null)).status).to.equal(200);
  });

  it("says why a check failed", async () => {
    await using other = new ApiServer();
    const broken = () => Promise.reject(new Error("refused"));
    await other.start({ healthChecks: { database: broken } });
    const unready = await (await other.call("/health/ready", {}, null)).json();
    expect(unready).to.deep.nested.include({ "checks.database": { ok: false, detail: "Error: refused" } });
  });

  it("measures by route, not by path", async () => {
    const text = await (await server.call("/metrics", {}, null)).text();
    expect(text).to.contain(`route="${base}/:id/chunks"`);
    expect(text).not.to.contain(id);
  });
});
