import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer, json } from "node:stream/consumers";
import { jwtVerify } from "jose";
import { z } from "zod";
import type { Service } from "../workload.ts";

/** What to do with a request instead of answering it properly. */
export type Mishap =
  | "reset"
  | "reset-after-effect"
  | { readonly status: number; readonly headers?: Record<string, string> };

/** Decides over each request, by its path and how many came before. */
export type Interceptor = (request: {
  method: string;
  path: string;
  instance: string;
  number: number;
}) => Mishap | undefined;

interface Recording {
  readonly owner: string;
  readonly chunks: Map<number, Buffer>;
  status: string;
  statusReads: number;
}

const pattern = z.object({
  urlPath: z.string(),
  headers: z.object({ "Idempotency-Key": z.object({ equalTo: z.string() }) }).optional(),
});

/**
 * A speech-to-text service in memory, on two ports, with the upstream's journal on a third: just enough of the API to
 * drive a workload against, and mishaps on demand.
 */
export class FakeService implements AsyncDisposable {
  readonly audioFolder: string;
  readonly recordings = new Map<string, Recording>();
  readonly posts: { path: string; key: string }[] = [];
  services: Service[] = [];
  upstreamUrl = "";
  intercept: Interceptor = () => undefined;
  /** A recording that nobody has finished is ended when its status is read. */
  endsSilent = false;
  readonly #secret: Uint8Array;
  readonly #servers: Server[] = [];
  #requests = 0;

  private constructor(audioFolder: string, secret: string) {
    this.audioFolder = audioFolder;
    this.#secret = new TextEncoder().encode(secret);
  }

  static async start(audioFolder: string, secret: string): Promise<FakeService> {
    const fake = new FakeService(audioFolder, secret);
    for (const name of ["stt-1", "stt-2"]) {
      const baseUrl = await fake.#listen((request, response) => fake.#serve(name, request, response));
      fake.services.push({ name, baseUrl });
    }
    fake.upstreamUrl = await fake.#listen((request, response) => fake.#countPosts(request, response));
    return fake;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(
    handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ): Promise<string> {
    const server = createServer((request, response) => {
      handle(request, response).catch((error) => response.writeHead(599).end(String(error)));
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #serve(instance: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://any");
    const body = await buffer(request);
    const number = this.#requests++;
    const mishap = this.intercept({ method: request.method ?? "", path: url.pathname, instance, number });
    if (mishap === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    if (typeof mishap === "object") {
      response.writeHead(mishap.status, mishap.headers).end(JSON.stringify({ title: "made" }));
      return;
    }
    const { payload } = await jwtVerify((request.headers.authorization ?? "").slice(7), this.#secret);
    const [status, answer] = await this.#handle(payload.sub ?? "", url, body);
    if (mishap === "reset-after-effect") request.socket.resetAndDestroy();
    else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  async #handle(owner: string, url: URL, body: Buffer): Promise<[number, object]> {
    const [id, action] = url.pathname.split("/").slice(4);
    if (id === undefined) {
      const created = `rec-${this.recordings.size}`;
      this.recordings.set(created, { owner, chunks: new Map(), status: "RECORDING", statusReads: 0 });
      return [201, { id: created, status: "RECORDING" }];
    }
    const recording = this.recordings.get(id);
    if (recording?.owner !== owner) return [404, { title: "unknown recording" }];
    const status = () => recording.status;
    switch (action) {
      case "chunks": {
        const seq = Number(url.searchParams.get("seq"));
        recording.chunks.set(seq, body);
        if (url.searchParams.get("finish") !== "true") return [202, { id, seq, status: status() }];
        const missing = Array.from({ length: seq }, (_, n) => n).filter((n) => !recording.chunks.has(n));
        if (missing.length > 0) return [409, { title: "chunks are missing", missing }];
        await this.#encode(id, recording);
        return [202, { id, seq, status: status() }];
      }
      case "transcription":
        recording.status = "PROCESSING";
        this.posts.push(
          { path: "/stt/v1/async/transcripts", key: id },
          { path: "/nlp/v1/async/summaries", key: id },
        );
        return [202, { id, status: status() }];
      case "status":
        if (this.endsSilent && status() === "RECORDING") await this.#encode(id, recording);
        // Every second read shows progress.
        if (recording.statusReads++ % 2 === 1) {
          if (status() === "ENCODING") recording.status = "ENCODED";
          else if (status() === "PROCESSING") recording.status = "COMPLETED";
        }
        return [200, { id, status: status(), version: 1 }];
      default:
        return [200, { id, status: status(), text: "words", summary: "word", error: null }];
    }
  }

  async #encode(id: string, recording: Recording): Promise<void> {
    const chunks = [...recording.chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
    await mkdir(join(this.audioFolder, id), { recursive: true });
    await writeFile(
      join(this.audioFolder, id, "recording.wav"),
      Buffer.concat([Buffer.alloc(44), ...chunks]),
    );
    recording.status = "ENCODING";
  }

  async #countPosts(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.endsWith("/remove-by-metadata")) {
      response.end(JSON.stringify({ requests: [] })); // none was refused
      return;
    }
    const { urlPath, headers } = pattern.parse(await json(request));
    const key = headers?.["Idempotency-Key"].equalTo;
    const count = this.posts.filter((post) => post.path === urlPath && (key ?? post.key) === post.key).length;
    response.end(JSON.stringify({ count, requestJournalDisabled: false }));
  }
}
