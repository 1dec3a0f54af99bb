import { clearInterval, clearTimeout, setInterval, setTimeout } from "k6/timers";
import { WebSocket } from "k6/websockets";
import { encodeFrame, type Frame, FrameDecoder, heartBeat, negotiateHeartBeats } from "./stomp.ts";

/** Heart-beats that this client can send and wants, ms. */
const everyMs = 5_000;
/** Connecting, and each request, takes at most this long: as long as the harness's own users wait. */
const answerWithinMs = 5_000;

const repliesQueue = "/user/queue/replies";
const errorsQueue = "/user/queue/errors";

interface Request {
  /** What was told for it on the queue of replies, before its receipt. */
  reply: unknown;
  resolve(reply: unknown): void;
  reject(error: Error): void;
  readonly timer: number;
}

/** One connection to the service's live interface (docs/service/live.md): STOMP 1.2 over WebSocket. */
export class StompClient {
  readonly #socket: WebSocket;
  readonly #decoder = new FrameDecoder();
  readonly #requests = new Map<string, Request>();
  readonly #subscriptions = new Map<string, (body: unknown) => void>();
  readonly #timers: number[] = [];
  #onConnected: (frame: Frame) => void = () => {};
  #onEnd: (why: Error) => void = () => {};
  /** Why there is no connection any more. */
  #end: Error | undefined;
  #heardAt = Date.now();
  #serial = 0;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = (event) => this.#receive(event?.data);
    this.#socket.onerror = (event) =>
      this.#finish(`the WebSocket broke: ${event?.error ?? "no reason told"}`);
    this.#socket.onclose = () => this.#finish("the service closed the connection");
  }

  /**
   * Connects, and subscribes to the queues that requests are answered in.
   * @throws Error that says why there is no connection after five seconds.
   */
  static connect(url: string, token: string): Promise<StompClient> {
    const client = new StompClient(url);
    return new Promise((resolve, reject) => {
      client.#onEnd = reject;
      const timer = setTimeout(
        () => client.#finish(`no connection within ${answerWithinMs} ms`),
        answerWithinMs,
      );
      client.#timers.push(timer);
      client.#socket.onopen = () =>
        client.#write("CONNECT", {
          "accept-version": "1.2",
          host: "stt",
          "heart-beat": `${everyMs},${everyMs}`,
          Authorization: `Bearer ${token}`,
        });
      client.#onConnected = ({ headers }) => {
        clearTimeout(timer);
        client.#beat(headers["heart-beat"]);
        client.#subscribeToAnswers();
        resolve(client);
      };
    });
  }

  /** @param onMessage told of the body of each message, parsed. */
  subscribe(destination: string, onMessage: (body: unknown) => void): void {
    const id = `s-${++this.#serial}`;
    this.#subscriptions.set(id, onMessage);
    this.#write("SUBSCRIBE", { id, destination });
  }

  /** Why there is no connection any more; undefined while there is one. */
  get end(): Error | undefined {
    return this.#end;
  }

  /** Called once, when the connection ends without having been asked to. */
  set onEnd(listener: (why: Error) => void) {
    this.#onEnd = listener;
    if (this.#end !== undefined) listener(this.#end);
  }

  /**
   * Sends, and waits for the receipt: for a chunk, it then will not be lost.
   * @returns what was replied, {} for destinations that reply nothing.
   * @throws Error with the service's refusal, when the connection ends, or without a receipt for five seconds.
   */
  request(
    destination: string,
    headers: Readonly<Record<string, string>> = {},
    body?: Uint8Array,
  ): Promise<unknown> {
    const receipt = `r-${++this.#serial}`;
    return new Promise((resolve, reject) => {
      const expired = () => this.#refuse(receipt, `${destination}: no receipt within ${answerWithinMs} ms`);
      this.#requests.set(receipt, { reply: {}, resolve, reject, timer: setTimeout(expired, answerWithinMs) });
      if (this.#end === undefined)
        this.#write("SEND", { destination, receipt, "correlation-id": receipt, ...headers }, body);
      else this.#refuse(receipt, `${destination}: ${this.#end.message}`);
    });
  }

  /** Ends the connection as STOMP wants it: the receipt says that all before was handled. */
  async disconnect(): Promise<void> {
    if (this.#end !== undefined) return;
    const receipt = `r-${++this.#serial}`;
    await new Promise<unknown>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), answerWithinMs);
      this.#requests.set(receipt, { reply: {}, resolve, reject: resolve, timer });
      this.#onEnd = () => {};
      this.#write("DISCONNECT", { receipt });
    });
    this.#finish("disconnected");
  }

  #subscribeToAnswers(): void {
    for (const destination of [repliesQueue, errorsQueue])
      this.#write("SUBSCRIBE", { id: destination, destination });
  }

  #receive(data: unknown): void {
    this.#heardAt = Date.now();
    try {
      if (typeof data !== "string" && !(data instanceof ArrayBuffer))
        throw new Error("a message of an unknown type");
      for (const frame of this.#decoder.decode(data)) this.#handle(frame);
    } catch (error) {
      this.#finish(error instanceof Error ? error.message : String(error));
    }
  }

  #handle(frame: Frame): void {
    const { command, headers } = frame;
    switch (command) {
      case "CONNECTED":
        this.#onConnected(frame);
        return;
      case "RECEIPT":
        this.#settle(headers["receipt-id"] ?? "", (request) => request.resolve(request.reply));
        return;
      case "MESSAGE":
        this.#handleMessage(headers, jsonOf(frame));
        return;
      case "ERROR":
        this.#finish(`the service said ERROR: ${headers.message ?? ""} ${refusalOf(jsonOf(frame))}`.trim());
        return;
      default:
        throw new Error(`STOMP: ${JSON.stringify(command)} is nothing that a server sends`);
    }
  }

  #handleMessage(headers: Frame["headers"], body: unknown): void {
    const subscription = headers.subscription ?? "";
    const correlation = headers["correlation-id"] ?? headers["receipt-id"] ?? "";
    if (subscription === repliesQueue) {
      const request = this.#requests.get(correlation);
      if (request !== undefined) request.reply = body;
    } else if (subscription === errorsQueue) this.#refuse(correlation, refusalOf(body));
    else this.#subscriptions.get(subscription)?.(body);
  }

  /** Sends heart-beats, and ends a connection on which nothing comes for twice as long as was agreed. */
  #beat(server: string | undefined): void {
    const { outgoingMs, incomingMs } = negotiateHeartBeats(server, everyMs);
    if (outgoingMs > 0) this.#timers.push(setInterval(() => this.#socket.send(heartBeat), outgoingMs));
    if (incomingMs === 0) return;
    const check = () => {
      if (Date.now() - this.#heardAt > 2 * incomingMs) this.#finish(`no heart-beat for ${2 * incomingMs} ms`);
    };
    this.#timers.push(setInterval(check, incomingMs));
  }

  #write(command: string, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    this.#socket.send(encodeFrame(command, headers, body));
  }

  #refuse(receipt: string, why: string): void {
    this.#settle(receipt, (request) => request.reject(new Error(why)));
  }

  #settle(receipt: string, how: (request: Request) => void): void {
    const request = this.#requests.get(receipt);
    if (request === undefined) return;
    this.#requests.delete(receipt);
    clearTimeout(request.timer);
    how(request);
  }

  /** An open socket or a timer would keep k6's iteration from ending. */
  #finish(why: string): void {
    if (this.#end !== undefined) return;
    this.#end = new Error(why);
    for (const timer of this.#timers) {
      clearInterval(timer);
      clearTimeout(timer);
    }
    this.#socket.close();
    for (const receipt of [...this.#requests.keys()]) this.#refuse(receipt, why);
    this.#onEnd(this.#end);
  }
}

function jsonOf({ body }: Frame): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined; // an ERROR may have a body of another kind
  }
}

/** A problem (RFC 9457) in a line. */
function refusalOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const { status, title, detail } = body as Record<string, unknown>;
  return [status, title, detail].filter((part) => part !== undefined).join(" ");
}
