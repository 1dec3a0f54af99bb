import { messageHeaders } from "../contract/messages.ts";
import { traceHeaders } from "../telemetry/tracing.ts";
import type { Database, Queryable } from "./database.ts";
import { holdLease, releaseLease } from "./leases.ts";

/** A message to be published once the transaction that writes it has committed. */
export interface OutboxMessage {
  readonly topic: string;
  readonly key: string;
  /** The partition the key falls into. */
  readonly lane: number;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long it is held back here before it is published. Absent: not at all. */
  readonly holdMs?: number;
}

export interface OutboxRow extends OutboxMessage {
  readonly id: string;
}

/** Topic and lane as one word: rows of a lane are published one after another. */
export function laneName(row: Pick<OutboxMessage, "topic" | "lane">): string {
  return `${row.topic}/${row.lane}`;
}

// All times are PostgreSQL's, so that instances' clocks do not matter.
const insertMessage = `
  insert into outbox (topic, key, lane, value, headers, due_at)
  values ($1, $2, $3, $4,
          $5::jsonb || jsonb_build_object('${messageHeaders.createdAt}',
            (extract(epoch from clock_timestamp()) * 1000)::bigint::text),
          clock_timestamp() + $6 * interval '1 millisecond')`;

/**
 * Adds messages in the transaction that causes them. Write the recording's row first: its lock then makes the ids
 * of a key rise in the order of commits, on which the relay's order rests.
 */
export async function addToOutbox(tx: Queryable, messages: readonly OutboxMessage[]): Promise<void> {
  for (const message of messages) {
    await tx.query(insertMessage, [
      message.topic,
      message.key,
      message.lane,
      message.value,
      JSON.stringify({ ...message.headers, ...traceHeaders() }),
      message.holdMs ?? 0,
    ]);
  }
}

const leaseName = "outbox-relay";

/** What the relay needs of the outbox. Every method may reject with DatabaseUnavailable. */
export interface OutboxStore {
  /** Takes or renews the right to publish, for `ttlMs`. @returns whether `holder` has it now. */
  hold(holder: string, ttlMs: number): Promise<boolean>;
  release(holder: string): Promise<void>;
  /** Unsent rows that are due, in order of id, without those of the given lanes ({@link laneName}). */
  unsent(exceptLanes: readonly string[], limit: number): Promise<OutboxRow[]>;
  markSent(ids: readonly string[]): Promise<void>;
  /**
   * Rows that are due and not sent yet, for how many seconds the oldest is due (0 when there is none), and rows
   * that are held back until they are due.
   */
  backlog(): Promise<{ count: number; oldestSeconds: number; held: number }>;
  /** Deletes rows sent more than an hour ago; until then they are evidence. */
  purge(): Promise<void>;
}

/** The outbox in PostgreSQL. */
export class Outbox implements OutboxStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  hold(holder: string, ttlMs: number): Promise<boolean> {
    return holdLease(this.#database, leaseName, holder, ttlMs);
  }

  release(holder: string): Promise<void> {
    return releaseLease(this.#database, leaseName, holder);
  }

  async unsent(exceptLanes: readonly string[], limit: number): Promise<OutboxRow[]> {
    const found = await this.#database.query<OutboxRow>(
      `select id, topic, key, lane, value, headers from outbox
        where sent_at is null and due_at <= now() and topic || '/' || lane <> all($1::text[])
        order by id limit $2`,
      [exceptLanes, limit],
    );
    return found.rows;
  }

  async markSent(ids: readonly string[]): Promise<void> {
    await this.#database.query("update outbox set sent_at = now() where id = any($1::bigint[])", [ids]);
  }

  async backlog(): Promise<{ count: number; oldestSeconds: number; held: number }> {
    const found = await this.#database.query<{ count: string; oldest: string | null; held: string }>(
      `select count(*) filter (where due_at <= now()) as count,
              extract(epoch from now() - min(due_at) filter (where due_at <= now())) as oldest,
              count(*) filter (where due_at > now()) as held
         from outbox where sent_at is null`,
    );
    const row = found.rows[0];
    return {
      count: Number(row?.count ?? 0),
      oldestSeconds: Number(row?.oldest ?? 0),
      held: Number(row?.held ?? 0),
    };
  }

  async purge(): Promise<void> {
    await this.#database.query(
      `delete from outbox where id in
         (select id from outbox where sent_at < now() - interval '1 hour' limit 5000)`,
    );
  }
}
