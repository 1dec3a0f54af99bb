import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { request } from "undici";
import { until } from "../../util/until.ts";
import { countSubmissions } from "../../workload/upstream-journal.ts";
import { createApp } from "./app.ts";
import { JobFiles } from "./job-files.ts";
import { Jobs } from "./jobs.ts";
import { Journal } from "./journal.ts";
import { silence, wavOf } from "./testing/audio.ts";
import { FakeTranscriber } from "./testing/fake-transcriber.ts";

const transcripts = "/stt/v1/async/transcripts";
const summaries = "/nlp/v1/async/summaries";

describe("the interface of daglo-real", () => {
  let folder: string;
  let server: Server;
  let url: string;
  let jobs: Jobs;
  let transcriber: FakeTranscriber;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "faultline-daglo-"));
    const files = await JobFiles.open(folder);
    transcriber = new FakeTranscriber();
    jobs = await Jobs.open(files, transcriber, { waiting: 2, kept: 10, keptMs: 3_600_000 });
    const journal = new Journal(join(folder, "journal.ndjson"));
    server = createServer(createApp({ jobs, files, journal })).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await jobs[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function call(method: "GET" | "POST", path: string, body?: string | Buffer, headers = {}) {
    const answer = await request(url + path, { method, headers, body: body ?? null });
    const json = (await answer.body.json()) as Record<string, unknown>;
    return { status: answer.statusCode, headers: answer.headers, json };
  }
  const speech = wavOf(silence(1));
  const send = (body: Buffer, headers = {}, query = "") =>
    call("POST", transcripts + query, body, { "content-type": "audio/wav", ...headers });
  const typeOf = ({ json }: { json: Record<string, unknown> }) => json.type;

  it("transcribes: submitted, at work, done", async () => {
    const { status, json } = await send(speech, { "idempotency-key": "rec-1" });
    expect(status).to.equal(200);
    const rid = String(json.rid);
    await until(() => transcriber.given.length === 1, "it is at work").atMost("5s");
    transcriber.given[0]?.onProgress(100);
    expect((await call("GET", `${transcripts}/${rid}`)).json, "100 is for what is done").to.deep.equal({
      ...{ rid, status: "processing", progress: 99 },
    });
    transcriber.finish("hello");
    const poll = async () => (await call("GET", `${transcripts}/${rid}`)).json;
    await until(async () => (await poll()).status === "transcribed", "it is done").atMost("5s");
    expect(await poll()).to.deep.equal({
      ...{ rid, status: "transcribed", progress: 100, sttResults: [{ transcript: "hello" }] },
    });
    expect((await send(speech, { "idempotency-key": "rec-1" })).json).to.deep.equal({ rid });
  });

  it("says that there was no speech", async () => {
    const { json } = await send(speech);
    await until(() => transcriber.given.length === 1, "it is at work").atMost("5s");
    transcriber.finish("");
    const poll = async () => (await call("GET", `${transcripts}/${json.rid}`)).json;
    await until(async () => (await poll()).status === "transcribed", "it is done").atMost("5s");
    expect(await poll()).to.deep.include({ warning: "no speech", sttResults: [{ transcript: "" }] });
  });

  it("answers 422 with the reason for a recording that could not be transcribed", async () => {
    const { json } = await send(speech);
    await until(() => transcriber.given.length === 1, "it is at work").atMost("5s");
    transcriber.fail("it broke");
    const poll = () => call("GET", `${transcripts}/${json.rid}`);
    await until(async () => (await poll()).status === 422, "it failed").atMost("5s");
    expect((await poll()).json).to.deep.include({
      type: "urn:daglo-real:transcription-failed",
      detail: "it broke",
    });
  });

  it("summarises", async () => {
    const json = { "content-type": "application/json", "idempotency-key": "rec-1" };
    const submitted = await call("POST", summaries, JSON.stringify({ text: "One. Two." }), json);
    const { summaryRid } = submitted.json;
    expect((await call("GET", `${summaries}/${summaryRid}`)).json).to.deep.equal({
      ...{ summaryRid, status: "summarized", progress: 100, summary: "One. Two." },
    });
    const nothing = await call("POST", summaries, '{"text":""}', { "content-type": "application/json" });
    expect((await call("GET", `${summaries}/${nothing.json.summaryRid}`)).json).to.deep.include({
      ...{ summary: "", warning: "no text" },
    });
  });

  it("refuses audio that it cannot transcribe, and keeps none of it", async () => {
    const bad: [string, Buffer][] = [
      ["not-a-wav", Buffer.from("hello")],
      ["unsupported-audio", wavOf(silence(1), { rate: 44_100 })],
      ["truncated-audio", speech.subarray(0, 1_000)],
      ["empty-audio", wavOf(silence(0))],
    ];
    for (const [name, body] of bad) {
      const answer = await send(body);
      expect([answer.status, typeOf(answer)]).to.deep.equal([422, `urn:daglo-real:${name}`]);
      expect(answer.headers["content-type"]).to.match(/^application\/problem\+json/);
    }
    expect(await readdir(join(folder, "uploads"))).to.deep.equal([]);
    expect(await readdir(join(folder, "jobs"))).to.deep.equal([]);
  });

  it("refuses languages that it does not understand, naming those it does", async () => {
    for (const answer of [
      await send(speech, { "content-language": "ko" }),
      await send(speech, {}, "?language=ko-KR"),
    ]) {
      expect([answer.status, typeOf(answer)]).to.deep.equal([422, "urn:daglo-real:unsupported-language"]);
      expect(answer.json.supported).to.deep.equal(["en"]);
    }
    expect((await send(speech, { "content-language": "en-GB" })).status).to.equal(200);
  });

  it("has one answer for everything else that is wrong", async () => {
    const json = { "content-type": "application/json" };
    await send(speech, { "idempotency-key": "used" });
    const other = wavOf(silence(2));
    const answers: [number, string, Awaited<ReturnType<typeof call>>][] = [
      [415, "media-type", await send(speech, { "content-type": "audio/webm" })],
      [422, "key-reused", await send(other, { "idempotency-key": "used" })],
      [400, "malformed", await call("POST", summaries, '{"txt":""}', json)],
      [400, "malformed", await call("POST", summaries, "{", json)],
      [
        413,
        "too-large",
        await call("POST", summaries, JSON.stringify({ text: "x".repeat(5_000_000) }), json),
      ],
      [404, "not-found", await call("GET", `${transcripts}/rid-unknown`)],
      [404, "not-found", await call("GET", "/elsewhere")],
      [501, "unsupported-administration", await call("POST", "/__admin/mappings", "{}", json)],
    ];
    for (const [status, name, answer] of answers) {
      expect([answer.status, typeOf(answer)]).to.deep.equal([status, `urn:daglo-real:${name}`]);
    }
  });

  it("refuses more than two hours of audio", async () => {
    const answer = await send(Buffer.alloc(2 * 3_600 * 32_000 + 5_000));
    expect([answer.status, typeOf(answer)]).to.deep.equal([413, "urn:daglo-real:too-large"]);
  });

  it("refuses recordings when as many wait as may, and says when to come again", async () => {
    await send(speech);
    await send(speech);
    const answer = await send(speech);
    expect([answer.status, typeOf(answer)]).to.deep.equal([429, "urn:daglo-real:queue-full"]);
    expect(Number(answer.headers["retry-after"])).to.be.at.least(1);
  });

  it("keeps nothing of an upload that is cut off", async () => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(
      `POST ${transcripts} HTTP/1.1\r\nhost: x\r\ncontent-type: audio/wav\r\ncontent-length: 1000\r\n\r\nRIFF`,
    );
    const uploads = () => readdir(join(folder, "uploads"));
    await until(async () => (await uploads()).length === 1, "it is being received").atMost("5s");
    socket.destroy();
    await until(async () => (await uploads()).length === 0, "it is gone").atMost("5s");
  });

  it("counts posts as the harness asks WireMock to, refused ones too", async () => {
    await send(speech, { "idempotency-key": "rec-1" });
    await send(speech, { "idempotency-key": "rec-1" });
    await send(Buffer.from("no"), { "idempotency-key": "rec-2" });
    await call("POST", summaries, '{"text":"a"}', {
      ...{ "content-type": "application/json", "idempotency-key": "rec-1" },
    });
    const { signal } = new AbortController();
    expect(await countSubmissions(url, ["rec-1"], signal)).to.deep.equal({
      submissions: { "rec-1": 2 },
      summaries: { "rec-1": 1 },
      unattributed: 1,
    });
  });
});
