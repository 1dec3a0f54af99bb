import type { Database, Queryable } from "./database.ts";

/** A message to be published once the transaction that writes it has committed. */
export interface OutboxMessage {
  readonly topic: string;
  readonly key: string;
  /** The partition the key falls into. */
  readonly lane: number;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface OutboxRow extends OutboxMessage {
  readonly id: string;
}

/** Topic and lane as one word: rows of a lane are published one after another. */
export function laneName(row: Pick<OutboxMessage, "topic" | "lane">): string {
  return `${row.topic}/${row.lane}`;
}

/**
 * Adds messages in the transaction that causes them. Write the recording's row first: its lock then makes the ids
 * of a key rise in the order of commits, on which the relay's order rests.
 */
export async function addToOutbox(tx: Queryable, messages: readonly OutboxMessage[]): Promise<void> {
  for (const message of messages) {
    await tx.query("insert into outbox (topic, key, lane, value, headers) values ($1, $2, $3, $4, $5)", [
      message.topic,
      message.key,
      message.lane,
      message.value,
      JSON.stringify(message.headers),
    ]);
  }
}

/** Unsent rows in order of id, without those of the given lanes ({@link laneName}). */
export async function unsentRows(
  database: Database,
  exceptLanes: readonly string[],
  limit: number,
): Promise<OutboxRow[]> {
  const found = await database.query<OutboxRow>(
    `select id, topic, key, lane, value, headers from outbox
      where sent_at is null and topic || '/' || lane <> all($1::text[])
      order by id limit $2`,
    [exceptLanes, limit],
  );
  return found.rows;
}

export async function markSent(database: Database, ids: readonly string[]): Promise<void> {
  await database.query("update outbox set sent_at = now() where id = any($1::bigint[])", [ids]);
}

/** Rows not sent yet, and the age of the oldest in seconds (0 when there is none). */
export async function outboxBacklog(database: Database): Promise<{ count: number; oldestSeconds: number }> {
  const found = await database.query<{ count: string; oldest: string | null }>(
    `select count(*) as count, extract(epoch from clock_timestamp() - min(created_at)) as oldest
       from outbox where sent_at is null`,
  );
  const row = found.rows[0];
  return { count: Number(row?.count ?? 0), oldestSeconds: Number(row?.oldest ?? 0) };
}

/** Deletes rows sent more than an hour ago; until then they are evidence. */
export async function purgeSent(database: Database): Promise<void> {
  await database.query(
    `delete from outbox where id in
       (select id from outbox where sent_at < now() - interval '1 hour' limit 5000)`,
  );
}
