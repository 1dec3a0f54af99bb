import { Client, type IFrame, type IMessage } from "@stomp/stompjs";
import { WebSocket } from "ws";
import {
  type Problem,
  problem,
  type RecordingStatus,
  recordingCreated,
  recordingStatus,
} from "../contract/api.ts";
import { type Status, statuses } from "../contract/status.ts";
import { mediaTypes } from "../domain/audio-format.ts";
import type { Outcome, Speaker, Watch } from "./speaker.ts";

interface Pending {
  readonly success: number;
  reply: unknown;
  readonly resolve: (answer: Outcome) => void;
  readonly reject: (error: Error) => void;
}

export interface StompUserOptions {
  /** http URLs of instances; each attempt to connect takes the next one. */
  readonly baseUrls: readonly string[];
  readonly token: string;
  /** After how many ms a lost connection is made anew; 0 (default): not at all. */
  readonly reconnectMs?: number;
  readonly heartBeatMs?: number;
}

/** How long a test waits for an answer. */
const answerWithinMs = 20_000;

/**
 * A user of the service's live interface, by the client of `@stomp/stompjs`: does what {@link SttUser} does, without HTTP.
 * No SEND is tried twice; subscriptions are made again after a reconnection.
 */
export class StompUser implements Speaker, AsyncDisposable {
  readonly #client: Client;
  readonly #pending = new Map<string, Pending>();
  readonly #watches = new Set<StatusWatch>();
  readonly #firstConnected = Promise.withResolvers<void>();
  #serial = 0;

  /** ERROR frames received so far. */
  readonly errors: IFrame[] = [];
  /** Close codes and reasons of the connections lost so far. */
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  connections = 0;

  /** Connects; rejects with the service's words when that is refused. */
  static async connect(options: StompUserOptions): Promise<StompUser> {
    const user = new StompUser(options);
    user.#client.activate();
    await user.#firstConnected.promise;
    return user;
  }

  private constructor({ baseUrls, token, reconnectMs = 0, heartBeatMs = 10_000 }: StompUserOptions) {
    let attempts = 0;
    const nextUrl = () => new URL("/ws", baseUrls[attempts++ % baseUrls.length]).href.replace(/^http/, "ws");
    this.#client = new Client({
      webSocketFactory: () => new WebSocket(nextUrl(), ["v12.stomp"]),
      connectHeaders: { Authorization: `Bearer ${token}` },
      reconnectDelay: reconnectMs,
      heartbeatIncoming: heartBeatMs,
      heartbeatOutgoing: heartBeatMs,
      onConnect: () => this.#connected(),
      onStompError: (frame) => {
        this.errors.push(frame);
        this.#lost(new Error(`ERROR: ${frame.headers.message}`));
      },
      onWebSocketClose: ({ code, reason }: { code: number; reason: string }) => {
        this.closes.push({ code, reason });
        this.#lost(new Error(`the connection is closed: ${code} ${reason}`));
      },
      onUnhandledReceipt: ({ headers }) => this.#settle(headers["receipt-id"] ?? ""),
    });
  }

  /** @returns the new recording's id. */
  async start(idempotencyKey?: string): Promise<string> {
    const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    const answer = await this.request("/app/stt/start", 201, headers);
    return recordingCreated.parse(answer.json).id;
  }

  send(
    id: string,
    seq: number,
    body: Uint8Array,
    finish = false,
    mediaType: string = mediaTypes.pcm,
  ): Promise<Outcome> {
    const headers = { seq: String(seq), finish: String(finish), "content-type": mediaType };
    return this.request(`/app/stt/${id}/chunk`, 202, headers, body);
  }

  heartbeat(id: string): Promise<Outcome> {
    return this.request(`/app/stt/${id}/heartbeat`, 204);
  }

  convert(id: string): Promise<Outcome> {
    return this.request(`/app/stt/${id}/transcription`, 202);
  }

  /** The present status: the first message of a subscription made for it. */
  async status(id: string): Promise<RecordingStatus> {
    using watch = this.watch(id);
    return await watch.first(); // before it is disposed of
  }

  /** Follows a recording's status. */
  watch(id: string): StatusWatch {
    const watch = new StatusWatch((one) => this.#watches.delete(one), id);
    this.#watches.add(watch);
    watch.subscribe(this.#client);
    return watch;
  }

  /** A SEND with a receipt. @param success what the HTTP interface answers when it is done. */
  async request(
    destination: string,
    success: number,
    headers: Readonly<Record<string, string>> = {},
    binaryBody: Uint8Array = new Uint8Array(),
  ): Promise<Outcome> {
    const receipt = `r-${++this.#serial}`;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#pending.set(receipt, { success, reply: undefined, resolve, reject });
    this.#client.publish({
      destination,
      headers: { ...headers, receipt, "correlation-id": receipt },
      binaryBody,
    });
    return withTimeout(promise, `the answer to a SEND to ${destination}`);
  }

  /** Says DISCONNECT and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.deactivate();
    this.#lost(new Error("disconnected"));
  }

  #connected(): void {
    this.connections++;
    this.#client.subscribe("/user/queue/replies", (message) => {
      const pending = this.#pending.get(message.headers["correlation-id"] ?? "");
      if (pending) pending.reply = jsonOf(message);
    });
    this.#client.subscribe("/user/queue/errors", (message) => {
      this.#settle(message.headers["receipt-id"] ?? "", problem.parse(jsonOf(message)));
    });
    for (const watch of this.#watches) watch.subscribe(this.#client);
    this.#firstConnected.resolve();
  }

  #settle(receipt: string, refusal?: Problem): void {
    const pending = this.#pending.get(receipt);
    this.#pending.delete(receipt);
    pending?.resolve(
      refusal ? { status: refusal.status, json: refusal } : { status: pending.success, json: pending.reply },
    );
  }

  #lost(error: Error): void {
    this.#firstConnected.reject(error);
    this.#firstConnected.promise.catch(() => {}); // known to whoever connects
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** What a subscription to a recording's status has told. */
export class StatusWatch implements Watch {
  readonly #id: string;
  readonly #onEnd: (watch: StatusWatch) => void;
  readonly #waiters = new Set<() => void>();
  #subscription: { unsubscribe(): void } | undefined;

  /** All messages so far, in order. */
  readonly seen: RecordingStatus[] = [];

  constructor(onEnd: (watch: StatusWatch) => void, id: string) {
    this.#onEnd = onEnd;
    this.#id = id;
  }

  /** Subscribes on a (new) connection. */
  subscribe(client: Client): void {
    this.#subscription = client.subscribe(`/topic/stt/${this.#id}`, (message) => {
      this.seen.push(recordingStatus.parse(jsonOf(message)));
      for (const waiter of this.#waiters) waiter();
    });
  }

  /** The first message. */
  first(): Promise<RecordingStatus> {
    return this.#until("says anything", () => this.seen[0]);
  }

  /** The first message with this status, or one that comes after it. */
  reaches(status: Status): Promise<RecordingStatus> {
    const wanted = statuses.indexOf(status);
    return this.#until(`is ${status}`, () => this.seen.find((one) => statuses.indexOf(one.status) >= wanted));
  }

  [Symbol.dispose](): void {
    this.#onEnd(this);
    this.#subscription?.unsubscribe();
  }

  async #until(what: string, found: () => RecordingStatus | undefined): Promise<RecordingStatus> {
    const { promise, resolve } = Promise.withResolvers<RecordingStatus>();
    const look = () => {
      const status = found();
      if (status) resolve(status);
    };
    this.#waiters.add(look);
    look();
    try {
      return await withTimeout(promise, `${this.#id} ${what}`);
    } finally {
      this.#waiters.delete(look);
    }
  }
}

function jsonOf(message: IMessage): unknown {
  return JSON.parse(message.body);
}

async function withTimeout<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`waited ${answerWithinMs} ms for ${what}`)),
    answerWithinMs,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
