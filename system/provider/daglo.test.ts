import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import type { DagloConfig } from "../config.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { Daglo } from "./daglo.ts";
import { ProviderError } from "./speech-provider.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

describe("the Daglo client", () => {
  let server: Server;
  let url: string;
  let metrics: Metrics;
  let answer: Answer;
  /** Paths of the requests that reached the server. */
  let requests: string[];
  let stack: AsyncDisposableStack;
  let daglo: Daglo;

  before(async () => {
    server = createServer(async (request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const body = Buffer.concat(await request.toArray());
      answer(request, response, body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    requests = [];
    metrics = createMetrics("test");
    stack = new AsyncDisposableStack();
    daglo = client();
  });
  afterEach(() => stack.disposeAsync());

  const client = (config: Partial<DagloConfig> = {}): Daglo => {
    const circuit = { failures: 1_000, openMs: 30 };
    return stack.use(
      new Daglo({ url, timeoutMs: 300, concurrency: 4, retries: 0, circuit, ...config }, metrics),
    );
  };
  const wavOf = (text: string) => ({ bytes: text.length, stream: Readable.from([Buffer.from(text)]) });
  const json =
    (value: unknown): Answer =>
    (_, response) =>
      response.end(JSON.stringify(value));
  const status =
    (code: number, headers: Record<string, string> = {}, text = "no"): Answer =>
    (_, response) =>
      response.writeHead(code, headers).end(text);
  const failureOf = async (promise: Promise<unknown>): Promise<ProviderError> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ProviderError)) throw new Error(`expected a ProviderError, got ${error}`);
    return error;
  };

  it("submits the WAV with its length and key", async () => {
    let seen: unknown;
    answer = ({ url: path, headers }, response, body) => {
      seen = [
        path,
        headers["idempotency-key"],
        headers["content-type"],
        headers["content-length"],
        String(body),
      ];
      response.end('{"rid":"r-7"}');
    };
    expect(await daglo.submitTranscription("rec-1", wavOf("12345"))).to.equal("r-7");
    expect(seen).to.deep.equal(["/base/stt/v1/async/transcripts", "rec-1", "audio/wav", "5", "12345"]);
  });

  it("submits the text with its key", async () => {
    let seen: unknown;
    answer = ({ url: path, headers }, response, body) => {
      seen = [path, headers["idempotency-key"], JSON.parse(String(body))];
      response.end('{"summaryRid":"s-7"}');
    };
    expect(await daglo.submitSummary("rec-1", "many words")).to.equal("s-7");
    expect(seen).to.deep.equal(["/base/nlp/v1/async/summaries", "rec-1", { text: "many words" }]);
  });

  it("reads progress and results", async () => {
    answer = json({ rid: "r", status: "processing", progress: 49.6 });
    expect(await daglo.transcription("r")).to.deep.equal({ done: false, progress: 50 });
    answer = json({
      rid: "r",
      status: "transcribed",
      sttResults: [{ transcript: "hello" }, { transcript: "world" }],
    });
    expect(await daglo.transcription("r")).to.deep.equal({ done: true, result: "hello\nworld" });
    answer = json({ status: "processing" });
    expect(await daglo.summary("s")).to.deep.equal({ done: false });
    answer = json({ status: "summarized", summary: "short" });
    expect(await daglo.summary("s")).to.deep.equal({ done: true, result: "short" });
  });

  it("asks for a job whose id needs escaping", async () => {
    answer = json({ status: "processing" });
    await daglo.transcription("a/b?c");
    expect(requests).to.deep.equal(["GET /base/stt/v1/async/transcripts/a%2Fb%3Fc"]);
  });

  describe("tells failures apart:", () => {
    const cases: readonly [string, Answer, Partial<ProviderError>][] = [
      ["a server that fails", status(503), { transient: true, reason: "failed" }],
      ["a server that gave up waiting", status(408), { transient: true, reason: "failed" }],
      ["too many requests", status(429), { transient: true, reason: "throttled" }],
      ["a refusal", status(422), { transient: false, reason: "refused" }],
      [
        "a redirect, which is not followed",
        status(307, { location: "/elsewhere" }),
        { transient: false, reason: "refused" },
      ],
      [
        "a connection that ends",
        ({ socket }) => socket.destroy(),
        { transient: true, reason: "unreachable" },
      ],
      ["an answer that is no JSON", status(200, {}, "<html>"), { transient: true, reason: "malformed" }],
      ["an unknown status", json({ status: "who knows" }), { transient: true, reason: "malformed" }],
      [
        "progress beyond all",
        json({ status: "processing", progress: 1e300 }),
        { transient: true, reason: "malformed" },
      ],
      [
        "text that the database does not take",
        json({ status: "transcribed", sttResults: [{ transcript: "a\0b" }] }),
        { transient: true, reason: "malformed" },
      ],
      ["an endless answer", (_, response) => pour(response), { transient: true, reason: "malformed" }],
      ["no answer", () => {}, { transient: true, reason: "timeout" }],
      [
        "half an answer",
        (_, response) => response.writeHead(200).write('{"sta'),
        { transient: true, reason: "timeout" },
      ],
    ];
    for (const [what, theAnswer, expected] of cases) {
      it(what, async () => {
        answer = theAnswer;
        // An endless answer ends at its limit, not at the deadline.
        const one = what === "an endless answer" ? client({ timeoutMs: 9_000 }) : daglo;
        expect(await failureOf(one.transcription("r"))).to.include(expected);
        expect(requests).to.have.length(1);
      });
    }

    it("nobody there", async () => {
      const nobody = client({ url: "http://127.0.0.1:1" });
      expect(await failureOf(nobody.summary("s"))).to.include({ transient: true, reason: "unreachable" });
    });

    it("a client that was closed", async () => {
      await daglo[Symbol.asyncDispose]();
      expect(await failureOf(daglo.summary("s"))).to.include({ transient: true, reason: "unreachable" });
    });

    function pour(response: ServerResponse): void {
      const piece = Buffer.alloc(1024 * 1024, " ");
      response.writeHead(200);
      response.on("drain", () => response.write(piece));
      response.write(piece);
    }
  });

  it("says what the upstream said, without the control characters that break logs and the database", async () => {
    answer = status(422, {}, "no\0 speech\r\nfound");
    const { message } = await failureOf(daglo.transcription("r"));
    expect(message).to.equal("Daglo GET /stt/v1/async/transcripts/r answered 422: no  speech found");
  });

  it("passes on when to come back", async () => {
    answer = status(503, { "retry-after": "7" });
    expect((await failureOf(daglo.transcription("r"))).retryAfterMs).to.equal(7_000);
    answer = status(429, { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() });
    expect((await failureOf(daglo.transcription("r"))).retryAfterMs).to.be.within(1, 3_600_000);
    answer = status(429);
    expect((await failureOf(daglo.transcription("r"))).retryAfterMs).to.equal(undefined);
  });

  describe("tries again within a call", () => {
    const resetOnce = (then: Answer): Answer => {
      let resets = 1;
      return (request, response, body) =>
        resets-- > 0 ? request.socket.destroy() : then(request, response, body);
    };
    const retriesOf = async () => (await metrics.providerRetries.get()).values.map(({ value }) => value);

    it("questions, and a text, which it has in memory", async () => {
      const persistent = client({ retries: 2, timeoutMs: 5_000 });
      answer = resetOnce(json({ status: "processing" }));
      expect(await persistent.transcription("r")).to.deep.equal({ done: false });
      answer = resetOnce(json({ summaryRid: "s" }));
      expect(await persistent.submitSummary("k", "text")).to.equal("s");
      expect(requests).to.have.length(4);
      expect(await retriesOf()).to.deep.equal([1, 1]);
    });

    it("but never a WAV, which is read only once, and which it closes", async () => {
      const persistent = client({ retries: 2, timeoutMs: 5_000 });
      answer = resetOnce(json({ rid: "r" }));
      const wav = wavOf("12345");
      expect((await failureOf(persistent.submitTranscription("k", wav))).reason).to.equal("unreachable");
      expect(requests).to.have.length(1);
      expect(wav.stream.destroyed).to.equal(true);
    });
  });

  it("gives a long recording more time, by its size", async () => {
    answer = () => {};
    const stream = Readable.from([Buffer.alloc(200_000)]);
    const { message } = await failureOf(daglo.submitTranscription("k", { bytes: 200_000, stream }));
    expect(message).to.contain("no whole answer within 500 ms");
  });

  it("counts the wait for its turn in the time of a call", async () => {
    answer = () => {};
    const narrow = client({ concurrency: 1 });
    const wav = { bytes: 2_000_000, stream: Readable.from([Buffer.alloc(2_000_000)]) };
    const longCall = failureOf(narrow.submitTranscription("k", wav));
    const waiting = narrow.summary("a");
    expect(await failureOf(Promise.race([waiting, longCall]))).to.include({ reason: "timeout" });
    await narrow[Symbol.asyncDispose]();
    await longCall;
    expect(requests).to.deep.equal(["POST /base/stt/v1/async/transcripts"]);
  });

  it("gives the place of a call that took too long to the next", async () => {
    const narrow = client({ concurrency: 1 });
    answer = () => {};
    await failureOf(narrow.transcription("r"));
    answer = (_, response) => response.writeHead(200).write('{"sta');
    await failureOf(narrow.transcription("r"));
    answer = json({ status: "processing" });
    expect(await narrow.transcription("r")).to.deep.equal({ done: false });
  });

  it("spares an upstream that fails, and finds out when it is well", async () => {
    const circuit = async () => (await metrics.providerCircuit.get()).values[0]?.value;
    const careful = client({ circuit: { failures: 3, openMs: 30 } });
    expect(await circuit()).to.equal(0);
    answer = status(500);
    for (let n = 0; n < 3; n++) await failureOf(careful.transcription("r"));
    expect(await circuit()).to.equal(2);
    answer = json({ status: "processing" });
    const isWell = async () => !(await careful.transcription("r")).done;
    await until(isWell, "calls go through again").every("5ms").atMost("5s");
    expect(await circuit()).to.equal(0);
    expect(requests).to.have.length(4);
  });

  it("closes a WAV that it does not send", async () => {
    const careful = client({ circuit: { failures: 1, openMs: 60_000 } });
    answer = status(500);
    await failureOf(careful.transcription("r"));
    const wav = wavOf("12345");
    const failure = await failureOf(careful.submitTranscription("k", wav));
    expect(failure).to.include({ transient: true, reason: "circuit-open" });
    expect(wav.stream.destroyed).to.equal(true);
  });

  it("counts and times its calls by operation and outcome", async () => {
    answer = json({ status: "processing" });
    await daglo.transcription("r");
    await daglo.transcription("r");
    answer = status(429);
    await failureOf(daglo.submitSummary("k", "text"));
    const { values } = await metrics.providerDuration.get();
    const counts = values
      .filter(({ metricName }) => metricName?.endsWith("_count"))
      .map(({ labels, value }) => [labels.operation, labels.outcome, value]);
    expect(counts).to.deep.equal([
      ["transcription", "ok", 2],
      ["submit_summary", "throttled", 1],
    ]);
  });
});
