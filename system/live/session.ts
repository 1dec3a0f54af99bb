import { randomUUID } from "node:crypto";
import type { HttpProblem } from "../api/problem.ts";
import { problem } from "../api/problem.ts";
import type { LiveConfig } from "../config.ts";
import { maxChunkBytes } from "../contract/api.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { version } from "../telemetry/version.ts";
import type { Admission } from "./admission.ts";
import { authenticate, type LiveUser, type TokenCheck } from "./authentication.ts";
import { errorsQueue, repliesQueue, startDestination } from "./destinations.ts";
import {
  badFrame,
  ConnectionEnd,
  closeCodes,
  connectTimeout,
  silent,
  slowConsumer,
  tokenExpired,
  tooManyConnections,
} from "./errors.ts";
import { type Frame, FrameReader, maxHeaderBytes, writeFrame } from "./frames.ts";
import { keepBeating, negotiate } from "./heart-beat.ts";
import { Inbox } from "./inbox.ts";
import { Outgoing } from "./outgoing.ts";
import type { Requests } from "./requests.ts";
import type { StatusHub } from "./status-hub.ts";
import { needed, Subscriptions } from "./subscriptions.ts";

/** What a session needs of its WebSocket. */
export interface Connection {
  /** `flushed` is called when the operating system has taken it. */
  write(text: string, flushed: () => void): void;
  setReading(reading: boolean): void;
  ping(): void;
  bytesRead(): number;
  /** Ends the connection, after what was written. */
  close(code: number, reason: string): void;
}

export interface SessionDependencies {
  readonly config: LiveConfig;
  readonly tokens: TokenCheck;
  readonly admission: Pick<Admission, "admitSubject">;
  readonly hub: Pick<StatusHub, "watch">;
  readonly requests: Pick<Requests, "answer">;
  /** How the HTTP interface would refuse because of this error; null: it is not the client's to know. */
  readonly problemOf: (error: unknown) => HttpProblem | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "liveFrames" | "liveDrops">;
}

const clientCommands: ReadonlySet<string> = new Set([
  ...["CONNECT", "STOMP", "SEND", "SUBSCRIBE", "UNSUBSCRIBE", "DISCONNECT"],
  ...["ACK", "NACK", "BEGIN", "COMMIT", "ABORT"],
]);

/** Before a client is known it may send a CONNECT and nothing larger. */
const maxFirstFrameBytes = 2 * maxHeaderBytes;
export const maxFrameBytes = maxChunkBytes + maxHeaderBytes;

/** How long a frame may take to arrive in whole. */
const frameWithinMs = 60_000;

/**
 * One client's STOMP 1.2 session. Frames are obeyed one after another. A RECEIPT says that a frame has taken effect: for a
 * chunk, that it will not be lost. A SEND that is refused is answered on `/user/queue/errors`; everything else that
 * cannot be done, and a refusal nobody listens for, is answered by ERROR and ends the connection.
 */
export class StompSession {
  readonly #d: SessionDependencies;
  readonly #connection: Connection;
  readonly #reader = new FrameReader(maxFirstFrameBytes);
  readonly #inbox: Inbox;
  readonly #outgoing: Outgoing;
  readonly #subscriptions: Subscriptions;
  readonly #resources = new DisposableStack();
  readonly #connectTimer: NodeJS.Timeout;
  #frameTimer: NodeJS.Timeout | undefined;
  #user: LiveUser | undefined;
  #messages = 0;
  #over = false;

  constructor(connection: Connection, dependencies: SessionDependencies) {
    const { config, hub, clock } = dependencies;
    this.#d = dependencies;
    this.#connection = connection;
    this.#inbox = new Inbox(this.#reader, config.framesPerSecond, clock, {
      onFrame: (frame) => this.#handle(frame),
      onError: (error) => this.#fail(error),
      onIdle: () => this.#watchUnfinished(),
      onReading: (reading) => connection.setReading(reading),
    });
    this.#outgoing = this.#resources.use(
      new Outgoing(
        (text, flushed) => connection.write(text, flushed),
        { bufferBytes: config.bufferBytes, stallMs: config.stallMs },
        () => this.#fail(slowConsumer(config.stallMs)),
      ),
    );
    this.#subscriptions = this.#resources.use(
      new Subscriptions({
        hub,
        maxSubscriptions: config.maxSubscriptions,
        sendMessage: (headers, body, latestOf) => this.#message(headers, body, latestOf),
        forget: (id) => this.#outgoing.forget(id),
      }),
    );
    this.#connectTimer = setTimeout(
      () => this.#fail(connectTimeout(config.connectTimeoutMs)),
      config.connectTimeoutMs,
    );
    this.#resources.defer(() => clearTimeout(this.#connectTimer));
    this.#resources.defer(() => clearTimeout(this.#frameTimer));
  }

  /** Whether the client has said who it is. */
  get connected(): boolean {
    return this.#user !== undefined;
  }

  /** Bytes came, of any number of frames. */
  receive(bytes: Uint8Array): void {
    this.#inbox.add(bytes);
  }

  /** The connection is gone, or will be by the session's own doing. */
  end(): void {
    this.#over = true;
    this.#inbox.close();
    this.#resources.dispose();
  }

  /** Answers what has come, then asks the client to go elsewhere. */
  async drain(): Promise<void> {
    await this.#inbox.drain();
    this.#close("draining", closeCodes.goingAway, "the instance is going away: connect again");
  }

  async #handle(frame: Frame): Promise<void> {
    this.#clearFrameTimer();
    const command = clientCommands.has(frame.command) ? frame.command : "other";
    this.#d.metrics.liveFrames.inc({ direction: "in", command });
    await this.#outgoing.room();
    if (this.#over) return;
    try {
      await this.#obey(frame);
    } catch (error) {
      this.#fail(error, frame);
    }
  }

  async #obey(frame: Frame): Promise<void> {
    if (frame.command === "CONNECT" || frame.command === "STOMP") return this.#connect(frame);
    const user = this.#user;
    if (!user) throw badFrame("the first frame must be CONNECT");
    switch (frame.command) {
      case "SEND":
        return this.#send(frame, user);
      case "SUBSCRIBE":
        await this.#subscriptions.add(frame, user.principal);
        return this.#receipt(frame);
      case "UNSUBSCRIBE":
        this.#subscriptions.remove(frame);
        return this.#receipt(frame);
      case "DISCONNECT":
        this.#receipt(frame);
        return this.#close(null, closeCodes.normal, "disconnected");
      default:
        throw badFrame(
          clientCommands.has(frame.command)
            ? `${frame.command} is not supported: there are no transactions and no acknowledgements`
            : "there is no such command in STOMP 1.2",
        );
    }
  }

  async #connect(frame: Frame): Promise<void> {
    if (this.#user) throw badFrame("already connected");
    const { config, tokens, admission } = this.#d;
    const versions = (frame.headers.get("accept-version") ?? "1.0").split(",");
    if (!versions.includes("1.2"))
      throw badFrame("only STOMP 1.2 is spoken here: accept-version must have 1.2");
    const beats = negotiate(frame.headers.get("heart-beat"), config.heartBeatMs);
    const user = await authenticate(frame, tokens);
    if (this.#over) return;

    const place = admission.admitSubject(user.principal.subject);
    if (!place) throw tooManyConnections(config.maxConnectionsPerSubject);
    this.#resources.use(place);
    const expiry = setTimeout(() => this.#fail(tokenExpired()), user.expiresInMs);
    this.#resources.defer(() => clearTimeout(expiry));
    this.#resources.use(
      keepBeating(beats, config.heartBeatMs, this.#beatingConnection(), () => this.#fail(silent())),
    );
    clearTimeout(this.#connectTimer);
    this.#reader.maxFrameBytes = maxFrameBytes;
    this.#user = user;
    this.#write("CONNECTED", {
      version: "1.2",
      session: randomUUID(),
      server: `faultline-stt/${version}`,
      "heart-beat": `${config.heartBeatMs},${config.heartBeatMs}`,
    });
  }

  async #send(frame: Frame, { principal }: LiveUser): Promise<void> {
    const destination = needed(frame, "destination");
    const correlation = frame.headers.get("correlation-id");
    const headers = correlation === undefined ? {} : { "correlation-id": correlation };
    try {
      if (destination === startDestination && !this.#subscriptions.has(repliesQueue)) {
        const detail = `SUBSCRIBE to ${repliesQueue} first: that is where the recording's id is told`;
        throw problem("invalid-request", { detail });
      }
      const { body } = await this.#d.requests.answer(frame, principal);
      if (body !== undefined) {
        const reply = { ...headers, "content-type": "application/json" };
        this.#subscriptions.send(repliesQueue, reply, JSON.stringify(body));
      }
    } catch (error) {
      const refusal = this.#d.problemOf(error);
      if (!refusal) throw error;
      const receipt = frame.headers.get("receipt");
      const refused = {
        ...headers,
        ...refusal.headers,
        ...(receipt === undefined ? {} : { "receipt-id": receipt }),
        "content-type": "application/problem+json",
      };
      const body = JSON.stringify({ ...refusal.problem, instance: destination });
      if (!this.#subscriptions.send(errorsQueue, refused, body)) throw error;
      return;
    }
    this.#receipt(frame);
  }

  #receipt({ headers }: Frame): void {
    const receipt = headers.get("receipt");
    if (receipt !== undefined) this.#write("RECEIPT", { "receipt-id": receipt });
  }

  #message(headers: Readonly<Record<string, string>>, body: string, latestOf?: string): void {
    this.#write("MESSAGE", { ...headers, "message-id": String(++this.#messages) }, body, latestOf);
  }

  #write(command: string, headers: Readonly<Record<string, string>>, body = "", latestOf?: string): void {
    if (this.#over) return;
    this.#d.metrics.liveFrames.inc({ direction: "out", command });
    const text = writeFrame(command, headers, body);
    if (latestOf === undefined) this.#outgoing.send(text);
    else this.#outgoing.sendLatest(latestOf, text);
  }

  /** Tells the client by ERROR what went wrong, and ends the connection. */
  #fail(error: unknown, frame?: Frame): void {
    if (this.#over) return;
    const end = this.#endFor(error);
    const receipt = frame?.headers.get("receipt");
    this.#write(
      "ERROR",
      {
        message: end.message,
        version: "1.2",
        "content-type": end.problem ? "application/problem+json" : "text/plain",
        ...(receipt === undefined ? {} : { "receipt-id": receipt }),
      },
      end.problem ? JSON.stringify(end.problem) : end.message,
    );
    this.#close(end.reason, end.code, end.message);
  }

  #endFor(error: unknown): ConnectionEnd {
    if (error instanceof ConnectionEnd) return error;
    const refusal = this.#d.problemOf(error)?.problem;
    if (!refusal || refusal.status === 500) {
      this.#d.logger.error({ err: error }, "a STOMP frame was not handled");
      return new ConnectionEnd("internal", "the service made a mistake", closeCodes.internal, refusal);
    }
    const code = refusal.status === 503 ? closeCodes.tryAgainLater : closeCodes.policy;
    return new ConnectionEnd("refused", refusal.detail ?? refusal.title, code, refusal);
  }

  /** @param reason null: the client's own wish. */
  #close(reason: ConnectionEnd["reason"] | null, code: number, message: string): void {
    if (this.#over) return;
    if (reason !== null) {
      this.#d.metrics.liveDrops.inc({ reason });
      const subject = this.#user?.principal.subject;
      this.#d.logger.info({ reason, code, message, subject }, "a live connection is ended");
    }
    this.end();
    this.#connection.close(code, message);
  }

  #beatingConnection() {
    return {
      // On a congested connection more is on its way than a beat could say.
      sendBeat: () => {
        if (!this.#outgoing.congested) this.#outgoing.send("\n");
      },
      ping: () => this.#connection.ping(),
      bytesRead: () => this.#connection.bytesRead(),
      reading: () => this.#inbox.reading,
    };
  }

  /** Everything that came is handled; if it ended within a frame, the rest must come in time. */
  #watchUnfinished(): void {
    if (!this.#reader.unfinished) return;
    this.#frameTimer ??= setTimeout(() => {
      this.#fail(badFrame(`a frame was begun and not ended within ${frameWithinMs / 1_000} s`));
    }, frameWithinMs);
  }

  #clearFrameTimer(): void {
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
  }
}
