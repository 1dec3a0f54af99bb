import type { Client } from "pg";
import { DeadlineError, systemClock, withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Database } from "./database.ts";

const checkEveryMs = 10_000;
const checkDeadlineMs = 2_000;
const reconnectMs = 1_000;

export interface NotificationHandlers {
  /** A transaction that called `pg_notify` has committed. */
  readonly onNotification: (payload: string) => void;
  /** Listening has begun, or begun again: what was notified before was not heard. */
  readonly onListening: () => void;
  /** Listening has ended, or an attempt at it failed: what is notified from now on is not heard. */
  readonly onLost?: () => void;
}

/**
 * Hears the notifications of one channel, on a connection of its own. A connection that breaks, or is found dead by a
 * question every 10 s, is replaced; what was notified in between is lost, so whoever needs it looks for
 * itself in `onListening`.
 */
export class NotificationListener implements AsyncDisposable {
  readonly #database: Pick<Database, "dedicatedClient">;
  readonly #channel: string;
  readonly #handlers: NotificationHandlers;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;

  /** @param channel a plain SQL identifier. */
  constructor(
    database: Pick<Database, "dedicatedClient">,
    channel: string,
    handlers: NotificationHandlers,
    logger: Logger,
  ) {
    this.#database = database;
    this.#channel = channel;
    this.#handlers = handlers;
    this.#logger = logger;
    this.#finished = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#listen(signal);
      } catch (error) {
        this.#handlers.onLost?.();
        this.#logger.warn(
          { err: error, channel: this.#channel },
          "not listening to PostgreSQL; trying again in a second",
        );
      }
      await pause(reconnectMs, signal);
    }
  }

  /** Listens until the connection breaks, which it throws, or until the signal aborts. */
  async #listen(signal: AbortSignal): Promise<void> {
    const client = await this.#database.dedicatedClient();
    const broken = new AbortController();
    client.once("end", () => broken.abort());
    client.on("notification", ({ payload = "" }) => this.#handlers.onNotification(payload));
    const over = AbortSignal.any([signal, broken.signal]);
    try {
      await ask(client, `listen ${this.#channel}`);
      this.#handlers.onListening();
      while (!over.aborted) {
        await pause(checkEveryMs, over);
        if (!over.aborted) await ask(client, "select 1");
      }
      if (!signal.aborted) throw new Error("the listening connection broke");
    } finally {
      await withDeadline(client.end(), checkDeadlineMs, "closing the listener").catch((error: unknown) => {
        if (!(error instanceof DeadlineError))
          this.#logger.warn({ err: error }, "closing the listener failed");
      });
    }
  }
}

async function ask(client: Client, statement: string): Promise<void> {
  await withDeadline(client.query(statement), checkDeadlineMs, "the listener's connection");
}

/** Waits, at most until the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(ms, signal).catch(() => {});
}
