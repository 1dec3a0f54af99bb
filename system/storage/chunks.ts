import type { Queryable } from "./database.ts";

/** A stored chunk: its bytes are in the audio store. */
export interface ChunkRow {
  readonly seq: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Adds a chunk. `stored`: it is new; `same`: it was there already; `different`: with other bytes. */
export async function insertChunk(
  tx: Queryable,
  recordingId: string,
  chunk: ChunkRow,
): Promise<"stored" | "same" | "different"> {
  const inserted = await tx.query(
    `insert into chunks (recording_id, seq, bytes, sha256) values ($1, $2, $3, $4) on conflict do nothing`,
    [recordingId, chunk.seq, chunk.bytes, chunk.sha256],
  );
  if (inserted.rowCount === 1) return "stored";
  const existing = await findChunk(tx, recordingId, chunk.seq);
  return existing?.sha256 === chunk.sha256 ? "same" : "different";
}

export async function findChunk(on: Queryable, recordingId: string, seq: number): Promise<ChunkRow | null> {
  const found = await on.query<ChunkRow>(
    "select seq, bytes, sha256 from chunks where recording_id = $1 and seq = $2",
    [recordingId, seq],
  );
  return found.rows[0] ?? null;
}

/** All chunks of a recording in order. */
export async function listChunks(on: Queryable, recordingId: string): Promise<ChunkRow[]> {
  const found = await on.query<ChunkRow>(
    "select seq, bytes, sha256 from chunks where recording_id = $1 order by seq",
    [recordingId],
  );
  return found.rows;
}
