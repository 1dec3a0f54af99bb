import type { Queryable } from "./database.ts";

/**
 * Binds an owner's key to a recording that is made in the same transaction.
 * @returns null when the key was free; else the recording it is bound to already, and nothing is to be made. A
 *   transaction that has the same key under way is waited for.
 */
export async function claimIdempotencyKey(
  tx: Queryable,
  owner: string,
  key: string,
  recordingId: string,
): Promise<string | null> {
  const claimed = await tx.query(
    "insert into idempotency_keys (owner, key, recording_id) values ($1, $2, $3) on conflict do nothing",
    [owner, key, recordingId],
  );
  if (claimed.rowCount === 1) return null;
  const found = await tx.query<{ recording_id: string }>(
    "select recording_id from idempotency_keys where owner = $1 and key = $2",
    [owner, key],
  );
  const known = found.rows[0]?.recording_id;
  if (known === undefined) throw new Error(`the idempotency key ${key} was taken and is not there`);
  return known;
}
