import { createHash } from "node:crypto";
import type { Readable } from "node:stream";

/** What is expected of a stored chunk when it is read. */
export interface ExpectedChunk {
  readonly seq: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The audio is not what was acknowledged: a chunk is gone, or its bytes are others. No retry will mend it. */
export class AudioCorrupted extends Error {
  override readonly name = "AudioCorrupted";
}

/** The store could not be asked, refused, or gave no answer in time: unreachable, full, not permitted. */
export class AudioStoreUnavailable extends Error {
  override readonly name = "AudioStoreUnavailable";
  /** @param doing what was tried, with which file or object. */
  constructor(doing: string, cause: unknown) {
    super(`the audio store failed ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * Where audio lives. Both writes are atomic and durable when they resolve: after a crash there is all of it or
 * nothing. Every method may reject with {@link AudioStoreUnavailable}.
 */
export interface AudioStore {
  /** Finds out whether the store can do what it promises here. Called once, before the service is ready. */
  check(): Promise<void>;

  /**
   * Stores a chunk. The first bytes under a sequence number win.
   * `same`: those bytes were there already; `different`: others were, and stay.
   */
  putChunk(
    recordingId: string,
    seq: number,
    bytes: Uint8Array,
    sha256: string,
  ): Promise<"stored" | "same" | "different">;

  /**
   * The bytes of the chunks, in the given order, one at a time.
   * @throws AudioCorrupted naming the chunk that is missing or altered.
   */
  readChunks(recordingId: string, chunks: readonly ExpectedChunk[]): AsyncIterable<Uint8Array>;

  /**
   * Writes the recording's WAV, or replaces it, from its samples (see domain/wav.ts), of which only a few MiB are in
   * memory at a time. When the samples fail, their error is thrown and there is no new WAV.
   * @returns the file's size.
   */
  writeWav(recordingId: string, samples: AsyncIterable<Uint8Array>): Promise<{ bytes: number }>;

  /**
   * The WAV's size and content.
   * @throws AudioCorrupted when there is none.
   */
  openWav(recordingId: string): Promise<{ bytes: number; stream: Readable }>;
}

/** Hexadecimal SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The chunk that was read, if it is the acknowledged one.
 * @param bytes null: there is none.
 * @throws AudioCorrupted
 */
export function verifiedChunk(
  recordingId: string,
  chunk: ExpectedChunk,
  bytes: Uint8Array | null,
): Uint8Array {
  if (bytes === null) {
    throw new AudioCorrupted(`chunk ${chunk.seq} of ${recordingId} was acknowledged and is gone`);
  }
  if (sha256Of(bytes) !== chunk.sha256) {
    throw new AudioCorrupted(
      `chunk ${chunk.seq} of ${recordingId} has ${bytes.length} bytes that are not the acknowledged ${chunk.bytes}`,
    );
  }
  return bytes;
}
