import { Client, type IMessage } from "@stomp/stompjs";
import { WebSocket } from "ws";
import { z } from "zod";
import { withDeadline } from "../../util/with-deadline.ts";
import { keepNews, pcm, told } from "./http-speaker.ts";
import { type Answer, answerWithin, type Speaker, type Told, type Watch } from "./speaker.ts";

/** The service's refusal of a SEND (application/problem+json). */
const problem = z.looseObject({ status: z.int() });

const reconnectAfterMs = 250;

interface Pending {
  /** What the HTTP interface answers to the same request when it is done. */
  readonly success: number;
  reply: unknown;
  readonly resolve: (answer: Answer) => void;
}

/**
 * A user of the live interface of one instance (docs/service/live.md). A lost connection is made again, and what it follows
 * is followed again; a SEND that was under way then has no answer.
 */
export class StompSpeaker implements Speaker {
  readonly #client: Client;
  readonly #pending = new Map<string, Pending>();
  readonly #watches = new Set<Subscription>();
  readonly #connected = Promise.withResolvers<void>();
  #serial = 0;

  /** @throws Error that says what the service answered when it refuses the connection. */
  static async connect(baseUrl: string, token: string): Promise<StompSpeaker> {
    const speaker = new StompSpeaker(baseUrl, token);
    try {
      await withDeadline(speaker.#connected.promise, answerWithin, "a STOMP connection");
      return speaker;
    } catch (error) {
      await speaker[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(baseUrl: string, token: string) {
    this.#client = new Client({
      webSocketFactory: () =>
        new WebSocket(new URL("/ws", baseUrl).href.replace(/^http/, "ws"), ["v12.stomp"]),
      connectHeaders: { Authorization: `Bearer ${token}` },
      reconnectDelay: reconnectAfterMs,
      onConnect: () => this.#onConnect(),
      onStompError: ({ headers }) =>
        this.#connected.reject(new Error(`STOMP ERROR: ${headers.message ?? "no reason given"}`)),
      onUnhandledReceipt: ({ headers }) => this.#settle(headers["receipt-id"] ?? ""),
    });
    this.#client.activate();
  }

  start(): Promise<Answer> {
    return this.#request("/app/stt/start", 201);
  }

  send(id: string, seq: number, body: Uint8Array, finish: boolean): Promise<Answer> {
    const headers = { seq: String(seq), finish: String(finish), "content-type": pcm };
    return this.#request(`/app/stt/${id}/chunk`, 202, headers, body);
  }

  heartbeat(id: string): Promise<Answer> {
    return this.#request(`/app/stt/${id}/heartbeat`, 204);
  }

  convert(id: string): Promise<Answer> {
    return this.#request(`/app/stt/${id}/transcription`, 202);
  }

  watch(id: string): Watch {
    const watch = new Subscription(id, (one) => this.#watches.delete(one));
    this.#watches.add(watch);
    watch.subscribe(this.#client);
    return watch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.deactivate({ force: true });
  }

  #request(
    destination: string,
    success: number,
    headers: Readonly<Record<string, string>> = {},
    binaryBody: Uint8Array = new Uint8Array(),
  ): Promise<Answer> {
    const receipt = `r-${++this.#serial}`;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#pending.set(receipt, { success, reply: undefined, resolve });
    this.#client.publish({
      destination,
      headers: { ...headers, receipt, "correlation-id": receipt },
      binaryBody,
    });
    return withDeadline(promise, answerWithin, `the receipt of a SEND to ${destination}`);
  }

  #onConnect(): void {
    this.#client.subscribe("/user/queue/replies", (message) => {
      const pending = this.#pending.get(message.headers["correlation-id"] ?? "");
      if (pending) pending.reply = JSON.parse(message.body);
    });
    this.#client.subscribe("/user/queue/errors", (message) => {
      const refusal = problem.parse(JSON.parse(message.body));
      this.#settle(message.headers["receipt-id"] ?? "", refusal);
    });
    for (const watch of this.#watches) watch.subscribe(this.#client);
    this.#connected.resolve();
  }

  #settle(receipt: string, refusal?: z.infer<typeof problem>): void {
    const pending = this.#pending.get(receipt);
    this.#pending.delete(receipt);
    pending?.resolve({
      status: refusal?.status ?? pending.success,
      headers: {},
      json: refusal ?? pending.reply,
    });
  }
}

/** A subscription to a recording's status, over as many connections as it takes. */
class Subscription implements Watch {
  readonly told: Told[] = [];
  readonly #id: string;
  readonly #onEnd: (watch: Subscription) => void;
  #present: { unsubscribe(): void } | undefined;

  constructor(id: string, onEnd: (watch: Subscription) => void) {
    this.#id = id;
    this.#onEnd = onEnd;
  }

  subscribe(client: Client): void {
    this.#present = client.subscribe(`/topic/stt/${this.#id}`, (message: IMessage) =>
      keepNews(this.told, told.parse(JSON.parse(message.body))),
    );
  }

  [Symbol.dispose](): void {
    this.#onEnd(this);
    this.#present?.unsubscribe();
  }
}
