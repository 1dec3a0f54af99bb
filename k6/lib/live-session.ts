import { setTimeout } from "k6/timers";
import { tokenOf } from "./auth.ts";
import { connectDuration, reconnectDuration, reconnects } from "./live-metrics.ts";
import { settings } from "./script.ts";
import { byTurns } from "./settings.ts";
import { StompClient } from "./stomp-client.ts";

/** A session that gets no connection for so long is over. */
const giveUpAfterMs = 30_000;
const pauseMs = 250;

type Listener = (body: unknown) => void;

/**
 * What a user of the live interface has: a connection, subscriptions, requests. With `-e RECONNECT=1` who gets no connection goes to the next
 * instance; a lost one is replaced likewise, subscriptions are made again, and requests that had no receipt are sent again: each may be
 * (docs/service/api.md), and a start has a key. Without, the session is over with its connection.
 */
export class LiveSession {
  readonly #subscriptions: (readonly [string, Listener])[] = [];
  #client: StompClient;
  /** Of the instance that it is connected to. */
  #turn: number;
  /** One attempt for all who wait for a connection. */
  #reconnecting: Promise<void> | undefined;
  #closed = false;
  #over: Error | undefined;
  #onOver: (why: Error) => void = () => {};

  private constructor({ client, turn }: Connected) {
    this.#client = client;
    this.#turn = turn;
    this.#watch();
  }

  /** @param turn whose turn it is, where there are several instances. */
  static async open(turn: number): Promise<LiveSession> {
    const began = Date.now();
    const connected = settings.reconnect
      ? await connectToSome(turn, () => false)
      : { client: await connect(turn), turn };
    connectDuration.add(Date.now() - began);
    return new LiveSession(connected);
  }

  /** Told of each message, over whichever connection it comes. */
  subscribe(destination: string, listener: Listener): void {
    this.#subscriptions.push([destination, listener]);
    this.#client.subscribe(destination, listener);
  }

  /** Called once, when there is no connection any more, and will be none. */
  set onOver(listener: (why: Error) => void) {
    this.#onOver = listener;
    if (this.#over !== undefined) listener(this.#over);
  }

  /** @throws Error with the service's refusal, or when there is no connection any more. */
  async request(
    destination: string,
    headers: Readonly<Record<string, string>> = {},
    body?: Uint8Array,
  ): Promise<unknown> {
    for (;;) {
      const client = this.#client;
      try {
        return await client.request(destination, headers, body);
      } catch (error) {
        if (!settings.reconnect || client.end === undefined) throw error;
        await this.#reconnected();
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.disconnect();
  }

  #watch(): void {
    this.#client.onEnd = (why) => {
      if (!settings.reconnect) this.#finish(why);
      else if (!this.#closed) this.#reconnected().catch(() => {}); // it is told by onOver
    };
  }

  /** @throws Error when there is no connection within half a minute. */
  #reconnected(): Promise<void> {
    if (this.#client.end === undefined) return Promise.resolve();
    this.#reconnecting ??= this.#reconnect().finally(() => {
      this.#reconnecting = undefined;
    });
    return this.#reconnecting;
  }

  async #reconnect(): Promise<void> {
    const lostAt = Date.now();
    try {
      const { client, turn } = await connectToSome(this.#turn + 1, () => this.#closed);
      this.#client = client;
      this.#turn = turn;
    } catch (error) {
      const why = error instanceof Error ? error : new Error(String(error));
      this.#finish(why);
      throw why;
    }
    for (const [destination, listener] of this.#subscriptions) this.#client.subscribe(destination, listener);
    if (this.#closed) return await this.#client.disconnect(); // nobody waits for it any more
    reconnects.add(1);
    reconnectDuration.add(Date.now() - lostAt);
    this.#watch();
  }

  #finish(why: Error): void {
    this.#over = why;
    this.#onOver(why);
  }
}

interface Connected {
  readonly client: StompClient;
  readonly turn: number;
}

/**
 * Connects to the first instance, from a turn on, that takes the connection.
 * @param unwanted whether nobody waits for it any more.
 * @throws Error of the last attempt, when there is no connection within half a minute, or none is wanted.
 */
async function connectToSome(first: number, unwanted: () => boolean): Promise<Connected> {
  const began = Date.now();
  for (let turn = first; ; turn++) {
    try {
      return { client: await connect(turn), turn };
    } catch (error) {
      if (unwanted() || Date.now() - began > giveUpAfterMs) throw error;
      await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

const connect = (turn: number): Promise<StompClient> =>
  StompClient.connect(byTurns(settings.wsUrls, turn), tokenOf(settings));
