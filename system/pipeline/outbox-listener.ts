import type { Client } from "pg";
import type { Database } from "../storage/database.ts";
import { withDeadline } from "../telemetry/clock.ts";
import { Wakeup } from "./wakeup.ts";

const checkEveryMs = 10_000;
const checkDeadlineMs = 2_000;
const reconnectMs = 1_000;

/**
 * Hears of new outbox rows by LISTEN, so that they are published at once. Only a convenience: the relay also looks
 * by itself, so a connection that is lost, or silently dead, costs time and nothing else.
 */
export class OutboxListener implements AsyncDisposable {
  readonly #database: Database;
  readonly #onRows: () => void;
  readonly #bell = new Wakeup();
  readonly #finished: Promise<void>;
  #closed = false;

  constructor(database: Database, onRows: () => void) {
    this.#database = database;
    this.#onRows = onRows;
    this.#finished = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#listen().catch(() => {});
      if (!this.#closed) await this.#bell.wait(reconnectMs);
    }
  }

  async #listen(): Promise<void> {
    const client = await this.#database.dedicatedClient();
    let broken = false;
    const onBroken = () => {
      broken = true;
      this.#bell.ring();
    };
    client.on("end", onBroken);
    client.on("notification", this.#onRows);
    try {
      await ask(client, "listen stt_outbox");
      while (!broken && !this.#closed) {
        await this.#bell.wait(checkEveryMs);
        if (!broken && !this.#closed) await ask(client, "select 1");
      }
    } finally {
      await withDeadline(client.end(), checkDeadlineMs, "closing the listener").catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
    await this.#finished;
  }
}

async function ask(client: Client, statement: string): Promise<void> {
  await withDeadline(client.query(statement), checkDeadlineMs, "the listener's connection");
}
