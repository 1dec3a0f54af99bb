import type { Readable } from "node:stream";

/** What is expected of a stored chunk when the WAV is assembled. */
export interface ExpectedChunk {
  readonly seq: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The audio is not what was acknowledged: a chunk is gone, or its bytes are others. No retry will mend it. */
export class AudioCorrupted extends Error {
  override readonly name = "AudioCorrupted";
}

/**
 * Where audio lives. Both writes are atomic and durable when they resolve: after a crash there is all of it or
 * nothing. A directory serves (see directory-audio-store.ts); an object store can.
 */
export interface AudioStore {
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
   * Writes the WAV of the chunks, in the given order. The same chunks always give the same file.
   * @throws AudioCorrupted naming the chunk that is missing or altered.
   */
  assembleWav(recordingId: string, chunks: readonly ExpectedChunk[]): Promise<{ bytes: number }>;

  /** The WAV's size and content. */
  openWav(recordingId: string): Promise<{ bytes: number; stream: Readable }>;
}
