import type { Heartbeats } from "../coordination/heartbeats.ts";
import type { StatusCache } from "../coordination/status-cache.ts";
import { StatusReader } from "../coordination/status-reader.ts";
import { type AudioFormat, whyNotAudio } from "../domain/audio-format.ts";
import { checkFinish, type FinishCheck } from "../domain/chunks.ts";
import type { Status } from "../domain/status.ts";
import { type AudioStore, sha256Of } from "../storage/audio-store.ts";
import { findChunk, insertChunk, listChunks } from "../storage/chunks.ts";
import type { Database, Queryable } from "../storage/database.ts";
import { claimIdempotencyKey } from "../storage/idempotency-keys.ts";
import { addToOutbox } from "../storage/outbox.ts";
import type { Transcription, Transcriptions } from "../storage/transcriptions.ts";
import { stageMessage } from "./messages.ts";

/** There is no such recording, or it belongs to someone else: which of the two is not told. */
export class RecordingNotFound extends Error {
  override readonly name = "RecordingNotFound";
}

/**
 * What of a recording's state does not allow a request: the chunk is stored with other bytes, or is of another audio
 * format than the first; chunks are missing at the finish; the recording is over; it is not encoded; it has not failed.
 */
export type ConflictReason =
  | "chunk-conflict"
  | "format-conflict"
  | "chunks-missing"
  | "recording-over"
  | "not-encoded"
  | "not-failed";

/** The recording's state does not allow it. */
export class RecordingConflict extends Error {
  override readonly name = "RecordingConflict";
  readonly reason: ConflictReason;
  readonly status: Status;
  readonly gaps: Extract<FinishCheck, { complete: false }> | undefined;
  constructor(reason: ConflictReason, message: string, status: Status, gaps?: RecordingConflict["gaps"]) {
    super(message);
    this.reason = reason;
    this.status = status;
    this.gaps = gaps;
  }
}

/** The chunk is recognisably not sound of its format; the message says why. Nothing was stored. */
export class NotAudio extends Error {
  override readonly name = "NotAudio";
}

export interface NewChunk {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly format: AudioFormat;
  /** Whether it is the recording's last one. */
  readonly finish: boolean;
}

export interface RecordingsDependencies {
  readonly database: Database;
  readonly transcriptions: Transcriptions;
  readonly audio: AudioStore;
  readonly cache: StatusCache;
  readonly heartbeats: Heartbeats;
  readonly newId: () => string;
}

/** What users do with recordings, for those who only call it. */
export type RecordingsApi = Pick<Recordings, keyof Recordings>;

/** What users do with recordings. Every method may also reject with DatabaseUnavailable. */
export class Recordings {
  readonly #d: RecordingsDependencies;
  readonly #statuses: StatusReader;

  constructor(dependencies: RecordingsDependencies) {
    this.#d = dependencies;
    const { cache, database, transcriptions } = dependencies;
    this.#statuses = new StatusReader(cache, (ids) => transcriptions.findStatuses(database, ids));
  }

  /**
   * Starts a recording.
   * @param key the client's name for the request: a second one of the same owner by this name starts nothing, but
   *   is answered with the first one's recording.
   */
  async create(owner: string, key?: string): Promise<{ id: string; replayed: boolean }> {
    const { database, transcriptions, newId, cache } = this.#d;
    const asOf = cache.moment();
    const id = newId();
    const made = await database.transaction(async (tx) => {
      const known = key === undefined ? null : await claimIdempotencyKey(tx, owner, key, id);
      return known ?? transcriptions.create(tx, id, owner);
    });
    if (typeof made === "string") return { id: made, replayed: true };
    await cache.put(made, asOf);
    return { id, replayed: false };
  }

  /**
   * Stores a chunk; when this resolves it will not be lost. Sending it again is harmless.
   * @returns the recording's status afterwards.
   * @throws RecordingConflict when the sequence number has other bytes, the recording's chunks another format, when the
   *   recording is over, or when it is to be finished with chunks missing (then the chunk itself is stored all the same).
   * @throws NotAudio
   */
  async addChunk(owner: string, id: string, chunk: NewChunk): Promise<Status> {
    const { database, audio, cache, transcriptions } = this.#d;
    const sha256 = sha256Of(chunk.bytes);
    const known = await this.#owned(database, owner, id);
    if (known.status !== "RECORDING") return this.#acceptRepeat(database, known, chunk.seq, sha256);

    // An empty last chunk says only that the recording ends.
    const flaw = chunk.bytes.length === 0 ? null : whyNotAudio(chunk.format, chunk.seq, chunk.bytes);
    if (flaw !== null) throw new NotAudio(flaw);
    requireSameFormat(known, chunk);

    // The bytes first: a row promises them. Bytes without a row are of no consequence.
    const put = await audio.putChunk(id, chunk.seq, chunk.bytes, sha256);
    if (put === "different") throw otherBytes(chunk.seq, known.status);

    const asOf = cache.moment();
    const { row, refusal } = await database.transaction(async (tx) => {
      const locked = await transcriptions.lock(tx, id);
      if (!locked) throw new RecordingNotFound(id);
      if (locked.status !== "RECORDING") {
        await this.#acceptRepeat(tx, locked, chunk.seq, sha256);
        return { row: locked };
      }
      requireSameFormat(locked, chunk);
      const { seq, bytes } = chunk;
      const inserted = await insertChunk(tx, id, { seq, bytes: bytes.length, sha256 });
      if (inserted === "different") throw otherBytes(seq, locked.status);
      await transcriptions.noteChunk(tx, id, bytes.length === 0 ? null : chunk.format);
      return chunk.finish ? this.#finish(tx, locked, seq) : { row: locked };
    });
    if (refusal) throw refusal;
    if (row.version !== known.version) await cache.put(row, asOf);
    return row.status;
  }

  /** Notes that the client is alive. Without effect on a recording that is over. */
  async heartbeat(owner: string, id: string): Promise<void> {
    const { status } = await this.status(owner, id);
    if (status !== "RECORDING") return;
    if (await this.#d.heartbeats.beat(id)) {
      await this.#d.transcriptions.touch(this.#d.database, id);
      await this.#d.heartbeats.saved(id);
    }
  }

  /** Starts the conversion of an encoded recording; asking again is harmless. @returns the status afterwards. */
  async requestTranscription(owner: string, id: string): Promise<Status> {
    const { database, transcriptions, cache } = this.#d;
    const asOf = cache.moment();
    const row = await database.transaction(async (tx) => {
      const locked = await transcriptions.lock(tx, id);
      if (!locked || locked.owner !== owner) throw new RecordingNotFound(id);
      if (["PROCESSING", "SUMMARIZING", "COMPLETED"].includes(locked.status)) return locked;
      if (locked.status !== "ENCODED") {
        throw new RecordingConflict(
          "not-encoded",
          `a recording is converted when it is ENCODED, not ${locked.status}`,
          locked.status,
        );
      }
      const processing = await transcriptions.transition(tx, locked, "PROCESSING");
      if (!processing) throw new Error(`the locked recording ${id} changed`);
      await addToOutbox(tx, [stageMessage("processing", processing)]);
      return processing;
    });
    await cache.put(row, asOf);
    return row.status;
  }

  /** From the cache where it is known there, else from PostgreSQL. */
  async status(
    owner: string,
    id: string,
  ): Promise<Pick<Transcription, "id" | "status" | "version" | "progress">> {
    const known = await this.#statuses.read(id);
    if (known?.owner !== owner) throw new RecordingNotFound(id);
    return known;
  }

  /** Everything about a recording, always from PostgreSQL. */
  async view(
    owner: string,
    id: string,
  ): Promise<Transcription & { timings: Partial<Record<Status, string>> }> {
    const row = await this.#owned(this.#d.database, owner, id);
    return { ...row, timings: await this.#d.transcriptions.timings(this.#d.database, id) };
  }

  /**
   * Finishes recordings whose client has been silent for `silentMs`, with what they have. Several instances may
   * do so at once.
   * @returns how many.
   */
  async finishSilent(silentMs: number): Promise<number> {
    const { database, transcriptions, cache } = this.#d;
    const asOf = cache.moment();
    const finished = await database.transaction(async (tx) => {
      const rows: Transcription[] = [];
      for (const silent of await transcriptions.lockSilent(tx, silentMs, 50)) {
        rows.push(await this.#startEncoding(tx, silent));
      }
      return rows;
    });
    for (const row of finished) await cache.put(row, asOf);
    return finished.length;
  }

  async #finish(
    tx: Queryable,
    locked: Transcription,
    last: number,
  ): Promise<{ row: Transcription; refusal?: RecordingConflict }> {
    const stored = await listChunks(tx, locked.id);
    const check = checkFinish(
      last,
      stored.map((chunk) => chunk.seq),
    );
    if (check.complete) return { row: await this.#startEncoding(tx, locked) };
    const reason =
      check.missingCount > 0
        ? `${check.missingCount} chunks before ${last} are missing`
        : `there are chunks after ${last}`;
    // Not thrown here: the transaction must commit, for the chunk stays stored.
    return { row: locked, refusal: new RecordingConflict("chunks-missing", reason, locked.status, check) };
  }

  async #startEncoding(tx: Queryable, locked: Transcription): Promise<Transcription> {
    const encoding = await this.#d.transcriptions.transition(tx, locked, "ENCODING");
    if (!encoding) throw new Error(`the locked recording ${locked.id} changed`);
    await addToOutbox(tx, [stageMessage("encoding", encoding)]);
    return encoding;
  }

  /** A chunk that was stored before the recording ended may come again; a new one may not. */
  async #acceptRepeat(on: Queryable, row: Transcription, seq: number, sha256: string): Promise<Status> {
    const stored = await findChunk(on, row.id, seq);
    if (!stored) {
      const message = `the recording is ${row.status}: no more chunks`;
      throw new RecordingConflict("recording-over", message, row.status);
    }
    if (stored.sha256 !== sha256) throw otherBytes(seq, row.status);
    return row.status;
  }

  async #owned(on: Queryable, owner: string, id: string): Promise<Transcription> {
    const row = await this.#d.transcriptions.find(on, id);
    if (row?.owner !== owner) throw new RecordingNotFound(id);
    return row;
  }
}

/** The first chunk stored decides on the format of all; an empty one is of any. */
function requireSameFormat({ format, status }: Transcription, chunk: NewChunk): void {
  if (format === null || format === chunk.format || chunk.bytes.length === 0) return;
  const message = `the recording's chunks are ${format}, and chunk ${chunk.seq} is ${chunk.format}`;
  throw new RecordingConflict("format-conflict", message, status);
}

function otherBytes(seq: number, status: Status): RecordingConflict {
  return new RecordingConflict("chunk-conflict", `chunk ${seq} is stored with other bytes`, status);
}
