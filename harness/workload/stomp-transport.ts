import { Client, type IMessage } from "@stomp/stompjs";
import { WebSocket } from "ws";
import { okValues, type RecordingState, type RequestKind } from "../history/transcription-operations.ts";
import { messageOf } from "../util/errors.ts";
import type { Surroundings } from "./attempts.ts";
import { type Outcome, outcomeOf } from "./stt-client.ts";
import type { Instance, Sender, SttTransport, UserRequest } from "./stt-transport.ts";
import type { Service } from "./workload.ts";

/** A request takes at most this long, as by HTTP; so does connecting. */
const answerWithinMs = 5_000;
const connectWithinMs = 2_000;
const reconnectAfterMs = 250;
const heartBeatMs = 5_000;

/** A request under way. */
interface Pending {
  /** What was told for it on /user/queue/replies, before its receipt. */
  reply: unknown;
  readonly resolve: (outcome: Outcome) => void;
}

/**
 * One user's requests over STOMP (docs/service/live.md): each SEND asks for a receipt, the status is the first message of
 * a subscription. The first subscription stays, and what it tells later is recorded as `update`. When the connection
 * breaks, the next one is to another instance, what had no receipt stays open, and the subscription is made again.
 */
export class StompTransport implements SttTransport {
  readonly #surroundings: Surroundings;
  readonly #onUpdate: (state: RecordingState) => void;
  readonly #client: Client;
  readonly #pending = new Map<string, Pending>();
  /** The instance of the present connection, or of the attempt at one. */
  #instance: Service;
  #connected = Promise.withResolvers<void>();
  /** The recording that is followed, and who waits for the first message about it. */
  #followed: { readonly id: string; first: string | undefined } | undefined;
  /** Records what the subscription tells: a process beside the user's, which may be waiting for an answer. */
  readonly #listener: number;
  #serial = 0;

  /** @param onUpdate told of each message of the subscription that stays. */
  constructor(
    surroundings: Surroundings,
    { token, turn }: Sender,
    onUpdate: (state: RecordingState) => void,
  ) {
    const { services, history } = surroundings;
    this.#surroundings = surroundings;
    this.#onUpdate = onUpdate;
    this.#listener = history.newProcess();
    let next = turn;
    const nextInstance = () => {
      const service = services[next++ % services.length];
      if (service === undefined) throw new Error("the workload has no service to speak to");
      return service;
    };
    this.#instance = nextInstance();
    next = turn; // the first attempt goes there
    this.#client = new Client({
      webSocketFactory: () => {
        this.#instance = nextInstance();
        return new WebSocket(new URL("/ws", this.#instance.baseUrl).href.replace(/^http/, "ws"), [
          "v12.stomp",
        ]);
      },
      connectHeaders: { Authorization: `Bearer ${token}` },
      connectionTimeout: connectWithinMs,
      reconnectDelay: reconnectAfterMs,
      heartbeatIncoming: heartBeatMs,
      heartbeatOutgoing: heartBeatMs,
      onConnect: () => this.#onConnect(),
      onWebSocketClose: ({ code, reason }: { code: number; reason: string }) =>
        this.#onClose(`the connection closed before an answer: ${code} ${reason}`),
      onUnhandledReceipt: ({ headers }) => {
        const receipt = headers["receipt-id"] ?? "";
        this.#settle(receipt, { type: "ok", body: this.#pending.get(receipt)?.reply ?? {} });
      },
    });
    this.#client.activate();
  }

  /** Waits for a connection, at most as long as connecting may take. */
  async next(): Promise<Instance> {
    const { clock, signal } = this.#surroundings;
    const connected = new AbortController();
    void this.#connected.promise.then(() => connected.abort());
    await clock.sleep(connectWithinMs, AbortSignal.any([signal, connected.signal])).catch(() => {});
    return { name: this.#instance.name, send: (request) => this.#send(request) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.deactivate({ force: true });
    this.#onClose("the user has gone");
  }

  async #send(request: UserRequest<RequestKind>): Promise<Outcome> {
    if (!this.#client.connected)
      return { type: "fail", error: `no STOMP connection within ${connectWithinMs} ms` };
    const receipt = `r-${++this.#serial}`;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#pending.set(receipt, { reply: undefined, resolve });
    const { clock, signal } = this.#surroundings;
    const answered = new AbortController();
    void promise.then(() => answered.abort());
    try {
      if (request.f === "status") this.#askStatus(request.id ?? "", receipt);
      else this.#publish(request, receipt);
    } catch (error) {
      this.#settle(receipt, { type: "info", error: messageOf(error) });
    }
    await clock.sleep(answerWithinMs, AbortSignal.any([signal, answered.signal])).catch(() => {});
    if (signal.aborted) this.#settle(receipt, { type: "info", error: "the run ended before an answer" });
    if (this.#settle(receipt, { type: "info", error: `no receipt within ${answerWithinMs} ms` })) {
      this.#client.forceDisconnect(); // another instance may answer
    }
    return promise;
  }

  #publish({ f, id, chunk }: UserRequest<RequestKind>, receipt: string): void {
    const action = { start: "start", convert: `${id}/transcription`, heartbeat: `${id}/heartbeat` };
    const isAction = (kind: string): kind is keyof typeof action => Object.hasOwn(action, kind);
    this.#client.publish({
      destination: `/app/stt/${isAction(f) ? action[f] : `${id}/chunk`}`,
      headers: {
        ...{ receipt, "correlation-id": receipt },
        ...(chunk === undefined
          ? {}
          : {
              seq: String(chunk.seq),
              finish: String(f === "finish"),
              "content-type": "application/octet-stream",
            }),
      },
      binaryBody: chunk?.body ?? Buffer.alloc(0),
    });
  }

  /** The first subscription stays; later questions have one of their own, for as long as it takes. */
  #askStatus(id: string, receipt: string): void {
    const answer = (message: IMessage) => this.#settle(receipt, outcomeOf("GET", 200, message.body));
    if (this.#followed === undefined) {
      this.#followed = { id, first: receipt };
      this.#follow(id);
      return;
    }
    const subscription = this.#client.subscribe(`/topic/stt/${id}`, (message) => {
      subscription.unsubscribe();
      answer(message);
    });
  }

  #follow(id: string): void {
    this.#client.subscribe(`/topic/stt/${id}`, (message) => {
      const first = this.#followed?.first;
      if (this.#followed !== undefined) this.#followed.first = undefined;
      const asked = first !== undefined && this.#settle(first, outcomeOf("GET", 200, message.body));
      if (!asked) this.#recordUpdate(id, message);
    });
  }

  #recordUpdate(id: string, message: IMessage): void {
    const { history, signal } = this.#surroundings;
    if (signal.aborted) return;
    const process = this.#listener;
    const update = history.invoke({ f: "update", key: id, process, node: this.#instance.name });
    const outcome = outcomeOf("GET", 200, message.body);
    const parsed = okValues.update.safeParse(outcome.type === "ok" ? outcome.body : undefined);
    if (!parsed.success) {
      update.fail(`a message of another shape: ${message.body.slice(0, 120)}`);
      return;
    }
    update.ok(parsed.data);
    this.#onUpdate(parsed.data.status);
  }

  #onConnect(): void {
    this.#client.subscribe("/user/queue/replies", (message) => {
      const pending = this.#pending.get(message.headers["correlation-id"] ?? "");
      const outcome = outcomeOf("POST", 200, message.body);
      if (pending && outcome.type === "ok") pending.reply = outcome.body;
    });
    this.#client.subscribe("/user/queue/errors", (message) => {
      const status = statusOf(message.body);
      const refusal = outcomeOf("POST", status, message.body, message.headers["retry-after"]);
      this.#settle(message.headers["receipt-id"] ?? "", refusal);
    });
    if (this.#followed) this.#follow(this.#followed.id);
    this.#connected.resolve();
  }

  #onClose(why: string): void {
    this.#connected = Promise.withResolvers();
    for (const receipt of [...this.#pending.keys()]) this.#settle(receipt, { type: "info", error: why });
  }

  /** @returns whether it was still open. */
  #settle(receipt: string, outcome: Outcome): boolean {
    const pending = this.#pending.get(receipt);
    this.#pending.delete(receipt);
    pending?.resolve(outcome);
    return pending !== undefined;
  }
}

/** The HTTP status in a problem; 500 for a refusal that says none, so that its effect counts as unknown. */
function statusOf(problem: string): number {
  try {
    const { status } = JSON.parse(problem);
    return typeof status === "number" ? status : 500;
  } catch {
    return 500;
  }
}
