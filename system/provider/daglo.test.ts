import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { expect } from "chai";
import { Daglo } from "./daglo.ts";
import { ProviderError } from "./speech-provider.ts";

describe("the Daglo client", () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
  let daglo: Daglo;

  before(async () => {
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      answer(request, response, body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    daglo = new Daglo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, 300);
  });
  after(async () => {
    await daglo[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });

  const json = (value: unknown) => (_: IncomingMessage, response: ServerResponse) =>
    response.end(JSON.stringify(value));
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
    answer = (request, response, body) => {
      seen = [
        request.url,
        request.headers["idempotency-key"],
        request.headers["content-length"],
        body.length,
      ];
      response.end('{"rid":"r-7"}');
    };
    const rid = await daglo.submitTranscription("rec-1", {
      bytes: 5,
      stream: Readable.from([Buffer.from("12345")]),
    });
    expect(rid).to.equal("r-7");
    expect(seen).to.deep.equal(["/base/stt/v1/async/transcripts", "rec-1", "5", 5]);
  });

  it("reads progress and results", async () => {
    answer = json({ rid: "r", status: "processing", progress: 50 });
    expect(await daglo.transcription("r")).to.deep.equal({ done: false, progress: 50 });
    answer = json({ rid: "r", status: "transcribed", sttResults: [{ transcript: "hello" }] });
    expect(await daglo.transcription("r")).to.deep.equal({ done: true, result: "hello" });
    answer = json({ status: "processing" });
    expect(await daglo.summary("s")).to.deep.equal({ done: false });
    answer = json({ status: "summarized", summary: "short" });
    expect(await daglo.summary("s")).to.deep.equal({ done: true, result: "short" });
  });

  it("tells failures that pass from those that do not", async () => {
    const status = (code: number) => (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(code).end("no");
    answer = status(503);
    expect((await failureOf(daglo.transcription("r"))).transient).to.equal(true);
    answer = status(429);
    expect((await failureOf(daglo.transcription("r"))).transient).to.equal(true);
    answer = status(422);
    expect(await failureOf(daglo.transcription("r"))).to.include({ transient: false });
    answer = (request) => request.socket.destroy();
    expect((await failureOf(daglo.transcription("r"))).transient).to.equal(true);
    answer = json({ status: "who knows" });
    expect((await failureOf(daglo.transcription("r"))).message).to.contain("unexpected answer");
  });

  it("gives up on an upstream that hangs, before or within its answer", async () => {
    answer = () => {};
    expect((await failureOf(daglo.summary("s"))).transient).to.equal(true);
    answer = (_, response) => response.writeHead(200).write('{"sta');
    expect((await failureOf(daglo.summary("s"))).transient).to.equal(true);
  });
});
