import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { problemOf } from "../api/errors.ts";
import { type HttpProblem, problem } from "../api/problem.ts";
import type { Route } from "../api/route.ts";
import type { LiveConfig } from "../config.ts";
import type { Database } from "../storage/database.ts";
import type { StatusFeed } from "../storage/status-feed.ts";
import type { Transcriptions } from "../storage/transcriptions.ts";
import { systemClock, withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { Admission } from "./admission.ts";
import type { TokenCheck } from "./authentication.ts";
import { Requests } from "./requests.ts";
import { maxFrameBytes, type SessionDependencies, StompSession } from "./session.ts";
import { StatusHub } from "./status-hub.ts";

export const livePath = "/ws";
const subprotocol = "v12.stomp";

/** What a client may send before it is known: the request of the upgrade, and a CONNECT. */
const maxBytesUnknown = 64 * 1024;
/** How long a drained connection's last answers may take, and how long a client may take to close. */
const drainWithinMs = 3_000;
const closeWithinMs = 1_000;

export interface LiveDependencies {
  readonly config: LiveConfig;
  /** What SENDs stand for. */
  readonly routes: readonly Route[];
  readonly tokens: TokenCheck;
  readonly database: Database;
  readonly transcriptions: Pick<Transcriptions, "findStatuses">;
  readonly feed: StatusFeed;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Serves STOMP 1.2 over WebSocket at `/ws` of an HTTP server. Disposing refuses new connections, answers what has
 * come, and asks every client to go elsewhere.
 */
export function serveLive(server: Server, deps: LiveDependencies): AsyncDisposable {
  const { database, transcriptions, config, logger, metrics, tokens } = deps;
  const stack = new AsyncDisposableStack();
  const hub = stack.use(
    new StatusHub({
      lookUp: (ids) => transcriptions.findStatuses(database, ids),
      clock: systemClock,
      logger,
      metrics,
    }),
  );
  deps.feed.follow({ onChange: (change) => hub.changed(change), onListening: () => hub.reread() });
  const admission = new Admission(config);
  const requests = new Requests(deps.routes);
  const session = {
    config,
    tokens,
    admission,
    hub,
    requests,
    problemOf,
    clock: systemClock,
    logger,
    metrics,
  };
  stack.use(new LiveServer(server, session, admission, metrics));
  return stack;
}

/** The WebSockets of an instance. */
class LiveServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #session: SessionDependencies;
  readonly #admission: Admission;
  readonly #metrics: Pick<Metrics, "liveConnections" | "liveDrops">;
  readonly #sessions = new Map<WebSocket, StompSession>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // audio does not deflate, and each connection would hold its window
    maxPayload: maxFrameBytes,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#upgrade(request, socket as Socket, head);
  #draining = false;
  #lastClosed = Promise.withResolvers<void>();

  constructor(
    server: Server,
    session: SessionDependencies,
    admission: Admission,
    metrics: Pick<Metrics, "liveConnections" | "liveDrops">,
  ) {
    this.#server = server;
    this.#session = session;
    this.#admission = admission;
    this.#metrics = metrics;
    server.on("upgrade", this.#onUpgrade);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#draining = true;
    const drained = Promise.all(this.#sessions.values().map((session) => session.drain()));
    await withDeadline(drained, drainWithinMs, "the last answers").catch(() => {});
    if (this.#sessions.size > 0) {
      await withDeadline(this.#lastClosed.promise, closeWithinMs, "closing").catch(() => {});
    }
    for (const webSocket of this.#sessions.keys()) webSocket.terminate();
    this.#server.off("upgrade", this.#onUpgrade);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => {}); // without a listener the process would end; "close" follows
    const refusal = this.#refusal(request);
    if (refusal) {
      refuse(socket, refusal);
      return;
    }
    const place = this.#admission.admit();
    if (!place) {
      this.#metrics.liveDrops.inc({ reason: "instance-connections" });
      refuse(socket, unavailable("the instance has as many connections as it may"));
      return;
    }
    socket.once("close", () => {
      place[Symbol.dispose]();
      this.#metrics.liveConnections.set(this.#admission.open);
    });
    this.#metrics.liveConnections.set(this.#admission.open);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#begin(webSocket, socket));
  }

  #refusal(request: IncomingMessage): HttpProblem | null {
    if (request.url?.split("?")[0] !== livePath) return problem("not-found");
    if (this.#draining) return unavailable("the instance is going away");
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
    if (offered && !offered.includes(subprotocol)) {
      return problem("invalid-request", { detail: `the WebSocket's subprotocol is ${subprotocol}, or none` });
    }
    return null;
  }

  #begin(webSocket: WebSocket, socket: Socket): void {
    const session = new StompSession(connectionOf(webSocket, socket), this.#session);
    this.#sessions.set(webSocket, session);
    webSocket.on("message", (data) => session.receive(data as Buffer));
    webSocket.on("error", (error) => {
      // It broke the WebSocket protocol or its message is too large; the library closes the connection.
      this.#metrics.liveDrops.inc({ reason: "bad-frame" });
      this.#session.logger.info({ err: error }, "a WebSocket broke");
    });
    webSocket.once("close", () => {
      session.end();
      this.#sessions.delete(webSocket);
      if (this.#sessions.size === 0) {
        this.#lastClosed.resolve();
        this.#lastClosed = Promise.withResolvers<void>();
      }
    });
    boundUnknown(socket, session);
  }
}

/** Ends a connection that sends much without having said who it is. */
function boundUnknown(socket: Socket, session: StompSession): void {
  const check = () => {
    if (session.connected) socket.off("data", check);
    else if (socket.bytesRead > maxBytesUnknown) socket.destroy();
  };
  socket.on("data", check);
}

function connectionOf(webSocket: WebSocket, socket: Socket) {
  return {
    write: (text: string, flushed: () => void) => webSocket.send(text, flushed),
    setReading: (reading: boolean) => (reading ? webSocket.resume() : webSocket.pause()),
    ping: () => webSocket.ping(),
    bytesRead: () => socket.bytesRead,
    close: (code: number, reason: string) => {
      webSocket.close(code, shortened(reason));
      const timer = setTimeout(() => webSocket.terminate(), closeWithinMs);
      webSocket.once("close", () => clearTimeout(timer));
    },
  };
}

/** A close frame's reason has at most 123 bytes. */
function shortened(reason: string): string {
  return Buffer.byteLength(reason) <= 123
    ? reason
    : new TextDecoder().decode(Buffer.from(reason).subarray(0, 120));
}

function unavailable(detail: string): HttpProblem {
  return problem("unavailable", { detail }, { "retry-after": "1" });
}

/** Answers a request for an upgrade by HTTP. */
function refuse(socket: Socket, { problem: body, headers }: HttpProblem): void {
  const content = JSON.stringify(body);
  const lines = {
    ...headers,
    "content-type": "application/problem+json",
    "content-length": String(Buffer.byteLength(content)),
    connection: "close",
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}\r\n${head.join("")}\r\n${content}`);
}
