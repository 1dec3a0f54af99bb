import type { AudioFormat } from "../domain/audio-format.ts";
import { canRequeue, canTransition, type Stage, type Status, statusOfStage } from "../domain/status.ts";
import type { Queryable } from "./database.ts";

/** A recording and what has become of it: a row of `transcriptions`. */
export interface Transcription {
  readonly id: string;
  readonly owner: string;
  readonly status: Status;
  readonly version: number;
  readonly fence: string;
  readonly attempt: number;
  readonly progress: number | null;
  /** How its chunks hold the sound: the first one stored decides. Null: none is. */
  readonly format: AudioFormat | null;
  readonly sttRid: string | null;
  readonly summaryRid: string | null;
  readonly text: string | null;
  readonly summary: string | null;
  readonly error: string | null;
}

/** What status reads need of a row. */
export type TranscriptionStatus = Pick<Transcription, "id" | "owner" | "status" | "version" | "progress">;

/** What a stage writes besides the status. Absent: unchanged. */
export interface Findings {
  readonly sttRid?: string;
  readonly summaryRid?: string;
  readonly progress?: number;
  readonly text?: string;
  readonly summary?: string;
  readonly error?: string;
}

/** The row a write is based on: it takes effect only while the row still looks like this. */
export type Basis = Pick<Transcription, "id" | "status" | "version">;

/** The same, for the holder of a fencing token. */
export type FencedBasis = Basis & Pick<Transcription, "fence" | "attempt">;

const columns = `id, owner, status, version, fence, attempt, progress, format, stt_rid as "sttRid",
  summary_rid as "summaryRid", text, summary, error`;

const findingsAssignments = `
  stt_rid = coalesce($4, stt_rid), summary_rid = coalesce($5, summary_rid),
  progress = coalesce($6, progress), text = coalesce($7, text),
  summary = coalesce($8, summary), error = coalesce($9, error), updated_at = clock_timestamp()`;

function findingsValues(findings: Findings): unknown[] {
  const { sttRid, summaryRid, progress, text, summary, error } = findings;
  return [sttRid, summaryRid, progress, text, summary, error].map((value) => value ?? null);
}

/**
 * Statements on transcriptions. Every change is a compare-and-set: it returns null when the row was not as
 * expected any more, and then nothing was written.
 */
export class Transcriptions {
  readonly #instance: string;

  /** @param instance written into the history of transitions. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  async create(tx: Queryable, id: string, owner: string): Promise<Transcription> {
    const inserted = await tx.query<Transcription>(
      `insert into transcriptions (id, owner, status) values ($1, $2, 'RECORDING') returning ${columns}`,
      [id, owner],
    );
    const row = inserted.rows[0];
    if (!row) throw new Error(`inserting the recording ${id} returned no row`);
    await this.#recordTransition(tx, null, row);
    return row;
  }

  async find(on: Queryable, id: string): Promise<Transcription | null> {
    const found = await on.query<Transcription>(`select ${columns} from transcriptions where id = $1`, [id]);
    return found.rows[0] ?? null;
  }

  /** What status reads need of several recordings; those that do not exist are left out. */
  async findStatuses(on: Queryable, ids: readonly string[]): Promise<TranscriptionStatus[]> {
    const found = await on.query<TranscriptionStatus>(
      "select id, owner, status, version, progress from transcriptions where id = any($1::text[])",
      [ids],
    );
    return found.rows;
  }

  /** The row, locked until the transaction ends: chunks and the end of the recording take turns. */
  async lock(tx: Queryable, id: string): Promise<Transcription | null> {
    const found = await tx.query<Transcription>(
      `select ${columns} from transcriptions where id = $1 for update`,
      [id],
    );
    return found.rows[0] ?? null;
  }

  /** Notes that a chunk was stored, which is a sign of life. The first one with a format fixes the recording's. */
  async noteChunk(tx: Queryable, id: string, format: AudioFormat | null): Promise<void> {
    await tx.query(
      `update transcriptions set last_seen = now(), format = coalesce(format, $2)
        where id = $1 and status = 'RECORDING'`,
      [id, format],
    );
  }

  /** Notes a sign of life. */
  async touch(on: Queryable, id: string): Promise<void> {
    await on.query("update transcriptions set last_seen = now() where id = $1 and status = 'RECORDING'", [
      id,
    ]);
  }

  /** Recordings without a sign of life for `silentMs`, locked; those another instance has locked are left out. */
  async lockSilent(tx: Queryable, silentMs: number, limit: number): Promise<Transcription[]> {
    const found = await tx.query<Transcription>(
      `select ${columns} from transcriptions
        where status = 'RECORDING' and last_seen < now() - $1 * interval '1 millisecond'
        order by last_seen limit $2 for update skip locked`,
      [silentMs, limit],
    );
    return found.rows;
  }

  /**
   * A new fencing token for a stage's work on a recording. From here on no earlier holder can write.
   * Null when the recording is not in the stage's status.
   */
  async mintFence(on: Queryable, id: string, stage: Stage): Promise<Transcription | null> {
    const minted = await on.query<Transcription>(
      `update transcriptions set fence = fence + 1 where id = $1 and status = $2 returning ${columns}`,
      [id, statusOfStage[stage]],
    );
    return minted.rows[0] ?? null;
  }

  /** Changes the status. With a {@link FencedBasis}, only if no later holder has taken over. */
  async transition(
    tx: Queryable,
    basis: Basis | FencedBasis,
    to: Status,
    findings: Findings = {},
  ): Promise<Transcription | null> {
    if (!canTransition(basis.status, to)) throw new Error(`no way from ${basis.status} to ${to}`);
    const fence = "fence" in basis ? basis.fence : null;
    const updated = await tx.query<Transcription>(
      `update transcriptions set status = $10, version = version + 1, attempt = 0, ${findingsAssignments}
        where id = $1 and status = $2 and version = $3 and ($11::bigint is null or fence = $11)
        returning ${columns}`,
      [basis.id, basis.status, basis.version, ...findingsValues(findings), to, fence],
    );
    const row = updated.rows[0];
    if (!row) return null;
    await this.#recordTransition(tx, basis.status, row);
    return row;
  }

  /**
   * Brings a FAILED recording back into a stage's status, its attempts and its error forgotten.
   * @param actor who asked for it, for the history of transitions.
   * @param resubmit also forgets the stage's job upstream, so that it is submitted anew.
   */
  async requeue(
    tx: Queryable,
    failed: Basis,
    stage: Stage,
    { actor, resubmit }: { readonly actor: string; readonly resubmit: boolean },
  ): Promise<Transcription | null> {
    const to = statusOfStage[stage];
    if (!canRequeue(failed.status, to)) throw new Error(`no requeue from ${failed.status} to ${to}`);
    const updated = await tx.query<Transcription>(
      `update transcriptions set status = $4, version = version + 1, attempt = 0, error = null,
          stt_rid = case when $5 and $4 = 'PROCESSING' then null else stt_rid end,
          summary_rid = case when $5 and $4 = 'SUMMARIZING' then null else summary_rid end,
          updated_at = clock_timestamp()
        where id = $1 and status = $2 and version = $3
        returning ${columns}`,
      [failed.id, failed.status, failed.version, to, resubmit],
    );
    const row = updated.rows[0];
    if (!row) return null;
    await this.#recordTransition(tx, failed.status, row, actor);
    return row;
  }

  /** Counts one more call upstream within a stage, and keeps what it found. */
  async recordAttempt(tx: Queryable, basis: FencedBasis, findings: Findings): Promise<Transcription | null> {
    const updated = await tx.query<Transcription>(
      `update transcriptions set attempt = attempt + 1, ${findingsAssignments}
        where id = $1 and status = $2 and version = $3 and fence = $10 and attempt = $11
        returning ${columns}`,
      [basis.id, basis.status, basis.version, ...findingsValues(findings), basis.fence, basis.attempt],
    );
    return updated.rows[0] ?? null;
  }

  /** When each status was entered, ISO 8601. */
  async timings(on: Queryable, id: string): Promise<Partial<Record<Status, string>>> {
    const found = await on.query<{ to_status: Status; at: Date }>(
      "select to_status, at from transitions where recording_id = $1 order by version",
      [id],
    );
    return Object.fromEntries(found.rows.map((row) => [row.to_status, row.at.toISOString()]));
  }

  async #recordTransition(
    tx: Queryable,
    from: Status | null,
    row: Transcription,
    actor: string | null = null,
  ): Promise<void> {
    await tx.query(
      `insert into transitions (recording_id, version, from_status, to_status, instance, actor)
       values ($1, $2, $3, $4, $5, $6)`,
      [row.id, row.version, from, row.status, this.#instance, actor],
    );
  }
}
