import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { jwtVerify } from "jose";
import { type WebSocket, WebSocketServer } from "ws";
import type { Status } from "../../system/contract/status.ts";
import { type Frame, FrameReader, writeFrame } from "../../system/live/frames.ts";

export interface StandInOptions {
  /** Refuses this chunk of each recording with 503. */
  readonly refuseSeq?: number;
  /** Ends each recording FAILED instead of COMPLETED. */
  readonly fails?: boolean;
  /** Does what the first SEND of this chunk asks for, and ends the connection without a receipt, once a recording. */
  readonly hangsUpAtSeq?: number;
  /** How long each request by HTTP takes, ms; may be changed while it runs. */
  readonly answersAfterMs?: number;
}

interface Recording {
  readonly owner: string;
  readonly chunks: Buffer[];
  status: Status;
  version: number;
  heartbeats: number;
  hungUp?: boolean;
}

interface Asked {
  readonly id: string;
  readonly seq: number;
  readonly finish: boolean;
  readonly type: string;
  readonly body: Buffer;
  /** Of a start that may be asked for again. */
  readonly key?: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const pipelineStepMs = 30;
const heartBeatMs = 1_000;
const maxFrameBytes = 1_000_000;

/**
 * What faces users of the service, in memory and at once well: the routes and destinations that load scripts use, with
 * tokens that are really verified, and frames cut by the service's own parser. For what the scripts do, not for how fast.
 */
export class StandInService implements AsyncDisposable {
  static readonly secret = "the secret of a service that is none";
  readonly recordings = new Map<string, Recording>();
  /** WebSockets that were opened. */
  connections = 0;
  /** Heart-beats that came on them. */
  beats = 0;
  #options: StandInOptions;
  readonly #starts = new Map<string, string>();
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #watchers = new Set<(id: string) => void>();
  #serial = 0;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#sockets = new WebSocketServer({ server: this.#server, path: "/ws" });
    this.#sockets.on("connection", (socket) => {
      this.connections++;
      this.#converse(socket);
    });
  }

  static async start(options: StandInOptions = {}): Promise<StandInService> {
    const service = new StandInService(options);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  /** From now on it is another one. */
  set options(options: StandInOptions) {
    this.#options = options;
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { status, body } = await this.#answerTo(request, Buffer.concat(parts));
    if (this.#options.answersAfterMs !== undefined) await sleep(this.#options.answersAfterMs);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  async #answerTo(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const owner = await ownerOf(request.headers.authorization);
    if (owner === undefined) return { status: 401 };
    const { pathname, searchParams } = new URL(request.url ?? "", "http://stand-in");
    const [, , , kind, id = "", action = ""] = pathname.split("/");
    if (kind !== "recordings") return { status: 404 };
    const type = request.headers["content-type"] ?? "";
    const finish = searchParams.get("finish") === "true";
    const seq = Number(searchParams.get("seq"));
    return this.#act(owner, request.method === "POST" ? action || "start" : action || "result", {
      id,
      seq,
      finish,
      type,
      body,
    });
  }

  #act(owner: string, action: string, { id, seq, finish, type, body, key }: Asked): Answer {
    if (action === "start") {
      const before = key === undefined ? undefined : this.#starts.get(key);
      if (before !== undefined) return { status: 201, body: { id: before, status: "RECORDING" } };
      const started = `recording-${++this.#serial}`;
      this.recordings.set(started, { owner, chunks: [], status: "RECORDING", version: 0, heartbeats: 0 });
      if (key !== undefined) this.#starts.set(key, started);
      return { status: 201, body: { id: started, status: "RECORDING" } };
    }
    const recording = this.recordings.get(id);
    if (recording === undefined || recording.owner !== owner) return { status: 404 };
    const { status, version } = recording;
    switch (action) {
      case "chunk":
      case "chunks":
        if (type !== "application/octet-stream") return { status: 415 };
        if (seq === this.#options.refuseSeq) return { status: 503 };
        recording.chunks[seq] = body;
        if (finish && status === "RECORDING") void this.#pass(id, recording, ["ENCODING", "ENCODED"]);
        return { status: 202, body: { id, seq, status: recording.status } };
      case "heartbeat":
        recording.heartbeats++;
        return { status: 204 };
      case "transcription":
        if (status === "RECORDING" || status === "ENCODING") return { status: 409 };
        if (status === "ENCODED")
          void this.#pass(id, recording, ["PROCESSING", this.#options.fails ? "FAILED" : "COMPLETED"]);
        return { status: 202, body: { id, status: recording.status } };
      case "status":
        return { status: 200, body: { id, status, version } };
      case "result":
        return { status: 200, body: { id, status, text: "what was said" } };
      default:
        return { status: 404 };
    }
  }

  /** Brings a recording to the first status at once, and to each other a while later. */
  async #pass(id: string, recording: Recording, statuses: readonly Status[]): Promise<void> {
    for (const status of statuses) {
      recording.status = status;
      recording.version++;
      for (const tell of this.#watchers) tell(id);
      await sleep(pipelineStepMs);
    }
  }

  #converse(socket: WebSocket): void {
    const reader = new FrameReader(maxFrameBytes);
    const subscriptions = new Map<string, string>();
    let owner = "";
    const message = (destination: string, headers: Record<string, string>, body: unknown) => {
      const subscription = subscriptions.get(destination);
      if (subscription === undefined) return;
      const all = { subscription, destination, "message-id": "m", ...headers };
      socket.send(writeFrame("MESSAGE", all, JSON.stringify(body)));
    };
    const tell = (id: string) => {
      const { status, version } = this.recordings.get(id) ?? {};
      message(`/topic/stt/${id}`, {}, { id, status, version });
    };
    this.#watchers.add(tell);
    const beating = setInterval(() => socket.send("\n"), heartBeatMs);
    socket.on("close", () => {
      this.#watchers.delete(tell);
      clearInterval(beating);
    });

    const handle = async ({ command, headers, body }: Frame): Promise<void> => {
      const destination = headers.get("destination") ?? "";
      const receipt = headers.get("receipt") ?? "";
      if (command === "CONNECT") {
        const subject = await ownerOf(headers.get("Authorization"));
        if (subject === undefined) {
          socket.send(writeFrame("ERROR", { message: "no valid token" }));
          socket.close();
          return;
        }
        owner = subject;
        socket.send(
          writeFrame("CONNECTED", { version: "1.2", "heart-beat": `${heartBeatMs},${heartBeatMs}` }),
        );
      } else if (command === "SUBSCRIBE") {
        subscriptions.set(destination, headers.get("id") ?? "");
        if (destination.startsWith("/topic/stt/")) tell(destination.slice("/topic/stt/".length));
      } else if (command === "SEND") {
        const [, , , first = "", action = first] = destination.split("/");
        const [seq, finish] = [Number(headers.get("seq")), headers.get("finish") === "true"];
        const type = headers.get("content-type") ?? "";
        const key = headers.get("idempotency-key");
        const answer = this.#act(owner, action, {
          ...{ id: first, seq, finish, type, body: Buffer.from(body) },
          ...(key === undefined ? {} : { key }),
        });
        const recording = this.recordings.get(first);
        if (action === "chunk" && seq === this.#options.hangsUpAtSeq && recording && !recording.hungUp) {
          recording.hungUp = true;
          socket.terminate();
          return;
        }
        const about = { "correlation-id": headers.get("correlation-id") ?? "", "receipt-id": receipt };
        if (answer.status >= 300) {
          message("/user/queue/errors", about, { status: answer.status, title: "refused" });
          return;
        }
        if (answer.body !== undefined) message("/user/queue/replies", about, answer.body);
        socket.send(writeFrame("RECEIPT", { "receipt-id": receipt }));
      } else if (command === "DISCONNECT") {
        socket.send(writeFrame("RECEIPT", { "receipt-id": receipt }));
        socket.close();
      }
    };
    let turn = Promise.resolve();
    socket.on("message", (data) => {
      if (String(data) === "\n") this.beats++;
      for (const frame of reader.read(data as Buffer)) turn = turn.then(() => handle(frame));
    });
  }
}

async function ownerOf(authorization: string | undefined): Promise<string | undefined> {
  try {
    const token = authorization?.replace(/^Bearer /, "") ?? "";
    const { payload } = await jwtVerify(token, new TextEncoder().encode(StandInService.secret));
    return payload.scope === "stt:read stt:write" ? payload.sub : undefined;
  } catch {
    return undefined;
  }
}
