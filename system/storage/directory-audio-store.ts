import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { wavHeader, wavHeaderBytes } from "../domain/wav.ts";
import {
  AudioCorrupted,
  type AudioStore,
  AudioStoreUnavailable,
  type ExpectedChunk,
  sha256Of,
  verifiedChunk,
} from "./audio-store.ts";

/**
 * An audio store in a directory that all instances share:
 * `<id>/chunks/<seq, 8 digits>` and `<id>/recording.wav`.
 */
export class DirectoryAudioStore implements AudioStore, Disposable {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the directory if need be, and writes a file there. */
  async check(): Promise<void> {
    await io(`to write in ${this.#root}`, async () => {
      await mkdir(this.#root, { recursive: true });
      await rm(await writeTemporary(join(this.#root, "check"), async () => {}));
    });
  }

  async putChunk(recordingId: string, seq: number, bytes: Uint8Array, sha256: string) {
    const path = this.#chunkPath(recordingId, seq);
    return io(`to store ${path}`, async () => {
      await this.#ensureFolder(recordingId);
      const temporary = await writeTemporary(path, (file) => file.writeFile(bytes));
      try {
        // A link, not a rename: it fails when the name is taken, so two writers cannot replace each other's bytes.
        await link(temporary, path);
        await syncFolder(dirname(path));
        return "stored";
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
        // A former try may have linked the file and died before its folder was durable.
        await syncFolder(dirname(path));
        return sha256Of(await readFile(path)) === sha256 ? "same" : "different";
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async *readChunks(recordingId: string, chunks: readonly ExpectedChunk[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      const path = this.#chunkPath(recordingId, chunk.seq);
      const bytes = await io(`to read ${path}`, () => readFile(path).catch(nullIfMissing));
      yield verifiedChunk(recordingId, chunk, bytes);
    }
  }

  async writeWav(recordingId: string, samples: AsyncIterable<Uint8Array>): Promise<{ bytes: number }> {
    const path = this.#wavPath(recordingId);
    return io(`to write ${path}`, async () => {
      await this.#ensureFolder(recordingId);
      let dataBytes = 0;
      const temporary = await writeTemporary(path, async (file) => {
        await file.writeFile(new Uint8Array(wavHeaderBytes)); // the header's place: it tells the size
        for await (const piece of samples) {
          await file.writeFile(piece);
          dataBytes += piece.byteLength;
        }
        await file.write(wavHeader(dataBytes), 0, wavHeaderBytes, 0);
      });
      await rename(temporary, path);
      await syncFolder(dirname(path));
      return { bytes: wavHeaderBytes + dataBytes };
    });
  }

  async openWav(recordingId: string) {
    const path = this.#wavPath(recordingId);
    return io(`to read ${path}`, async () => {
      const found = await stat(path).catch(nullIfMissing);
      if (!found) throw new AudioCorrupted(`the WAV of ${recordingId} was written and is gone`);
      return { bytes: found.size, stream: createReadStream(path) };
    });
  }

  [Symbol.dispose](): void {} // it holds nothing

  /** Makes the recording's folders, durably: a file is only as durable as the folders that name it. */
  async #ensureFolder(recordingId: string): Promise<void> {
    const folder = join(this.#root, recordingId, "chunks");
    const firstMade = await mkdir(folder, { recursive: true });
    if (firstMade === undefined) return;
    await syncFolder(join(this.#root, recordingId));
    await syncFolder(this.#root);
  }

  #chunkPath(recordingId: string, seq: number): string {
    return join(this.#root, recordingId, "chunks", String(seq).padStart(8, "0"));
  }

  #wavPath(recordingId: string): string {
    return join(this.#root, recordingId, "recording.wav");
  }
}

/**
 * Runs work on files; what the operating system refuses it (disk full, permissions, too many open files) is
 * {@link AudioStoreUnavailable}. Other errors stay as they are: those of the samples that are written, for one.
 */
async function io<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? new AudioStoreUnavailable(doing, error) : error;
  }
}

/** Writes a file of a name of its own beside `path`, synced, and returns its name. */
async function writeTemporary(path: string, write: (file: FileHandle) => Promise<void>): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(temporary, "wx");
    await write(file);
    await file.sync();
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

function nullIfMissing(error: unknown): null {
  if (hasCode(error, "ENOENT")) return null;
  throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
