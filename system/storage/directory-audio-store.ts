import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { wavHeader } from "../domain/wav.ts";
import { AudioCorrupted, type AudioStore, type ExpectedChunk } from "./audio-store.ts";

/** Hexadecimal SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * An audio store in a directory that all instances share:
 * `<id>/chunks/<seq, 8 digits>.pcm` and `<id>/recording.wav`.
 */
export class DirectoryAudioStore implements AudioStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async putChunk(recordingId: string, seq: number, bytes: Uint8Array, sha256: string) {
    const path = this.#chunkPath(recordingId, seq);
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
  }

  async assembleWav(recordingId: string, chunks: readonly ExpectedChunk[]): Promise<{ bytes: number }> {
    const path = this.#wavPath(recordingId);
    await this.#ensureFolder(recordingId);
    const dataBytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const header = wavHeader(dataBytes);
    const temporary = await writeTemporary(path, async (file) => {
      await file.writeFile(header);
      for (const chunk of chunks) await file.writeFile(await this.#readChunk(recordingId, chunk));
    });
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return { bytes: header.byteLength + dataBytes };
  }

  async openWav(recordingId: string) {
    const path = this.#wavPath(recordingId);
    const { size } = await stat(path);
    return { bytes: size, stream: createReadStream(path) };
  }

  async #readChunk(recordingId: string, chunk: ExpectedChunk): Promise<Uint8Array> {
    const path = this.#chunkPath(recordingId, chunk.seq);
    const bytes = await readFile(path).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) {
        throw new AudioCorrupted(`chunk ${chunk.seq} of ${recordingId} was acknowledged and is gone`);
      }
      throw error;
    });
    if (sha256Of(bytes) !== chunk.sha256) {
      throw new AudioCorrupted(
        `chunk ${chunk.seq} of ${recordingId} has ${bytes.length} bytes that are not the acknowledged ${chunk.bytes}`,
      );
    }
    return bytes;
  }

  /** Makes the recording's folders, durably: a file is only as durable as the folders that name it. */
  async #ensureFolder(recordingId: string): Promise<void> {
    const folder = join(this.#root, recordingId, "chunks");
    const firstMade = await mkdir(folder, { recursive: true });
    if (firstMade === undefined) return;
    await syncFolder(join(this.#root, recordingId));
    await syncFolder(this.#root);
  }

  #chunkPath(recordingId: string, seq: number): string {
    return join(this.#root, recordingId, "chunks", `${String(seq).padStart(8, "0")}.pcm`);
  }

  #wavPath(recordingId: string): string {
    return join(this.#root, recordingId, "recording.wav");
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
