import {
  closeSync,
  createReadStream,
  createWriteStream,
  ftruncateSync,
  openSync,
  renameSync,
  writeSync,
} from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline as pipelineOf } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { EnvironmentError, messageOf, UsageError } from "./errors.ts";

/** What a file holds at most before it becomes a segment. Half an hour of a usual run: most never come to that. */
const segmentBytes = 64 << 20;

/** Of many days it is still in the order of names. */
const digits = 6;

/**
 * A file that is only appended to, at any length: what is full moves to `<path>.000001`, `.000002`, ..., and is compressed there
 * (`.gz`) while the file goes on. Each text is handed to the kernel before `write` returns: `kill -9` of this process loses none. A segment
 * that it could not compress any more stays as it is, and is read all the same.
 */
export class SegmentedFile implements AsyncDisposable {
  readonly #path: string;
  readonly #most: number;
  #descriptor: number;
  #bytes = 0;
  #segments = 0;
  #compressing: Promise<void> = Promise.resolve();

  /**
   * @param path of a new file: one that is there may have segments already, whose names these would take.
   * @throws the system's error when it cannot be opened.
   */
  constructor(path: string, most = segmentBytes) {
    this.#path = path;
    this.#most = most;
    this.#descriptor = openSync(path, "ax");
  }

  /** @param text whole lines: a segment ends after any of them. @throws the system's error when it cannot be written. */
  write(text: string): void {
    if (this.#bytes >= this.#most) this.#roll();
    const bytes = Buffer.from(text);
    try {
      for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(this.#descriptor, rest));
    } catch (error) {
      // Half a line is not left for the next one to go on with: of a file with that in its middle nothing is read.
      ftruncateSync(this.#descriptor, this.#bytes);
      throw error;
    }
    this.#bytes += bytes.length;
  }

  #roll(): void {
    const segment = `${this.#path}.${String(++this.#segments).padStart(digits, "0")}`;
    renameSync(this.#path, segment);
    const full = this.#descriptor;
    this.#descriptor = openSync(this.#path, "a");
    closeSync(full);
    this.#bytes = 0;
    // One after the other, so that a slow disk has one to do at a time; what fails stays uncompressed.
    this.#compressing = this.#compressing.then(() => compress(segment)).catch(() => {});
  }

  /** Nothing can be written any more; a segment may still be on its way to being compressed. */
  close(): void {
    closeSync(this.#descriptor);
  }

  /** Closes it, and waits for what is being compressed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#compressing;
  }
}

/** The error of evidence that could not be written. @param what "history" or "samples". */
export const cannotAppend = (what: string, path: string, cause: unknown): EnvironmentError =>
  new EnvironmentError(`cannot append to the ${what} ${path}: ${messageOf(cause)}`, {
    hint: `Free some disk space; a run without its ${what} proves nothing.`,
    cause,
  });

async function compress(segment: string): Promise<void> {
  const part = `${segment}.gz.part`;
  try {
    await pipeline(createReadStream(segment), createGzip(), createWriteStream(part));
    await rename(part, `${segment}.gz`); // whole from here on
    await rm(segment);
  } finally {
    await rm(part, { force: true }); // of a disk that is full, what it took
  }
}

/** The files that `path` was written to, oldest first, itself last: of a segment that was being compressed, the one that is whole. */
export async function segmentsOf(path: string): Promise<string[]> {
  const pattern = /^\.(\d+)(\.gz)?$/;
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const byNumber = new Map<string, string>();
  for (const other of names.filter((one) => one.startsWith(`${name}.`)).toSorted()) {
    const [, number] = pattern.exec(other.slice(name.length)) ?? [];
    if (number !== undefined) byNumber.set(number, join(dirname(path), other)); // "….gz" comes after "…"
  }
  return [...byNumber.values(), path];
}

/** The bytes of a segment, whether it is compressed or not. @throws UsageError naming a segment that is broken. */
export async function* readSegment(segment: string): AsyncGenerator<Buffer> {
  const file = createReadStream(segment);
  try {
    // A pipeline closes the file as well when the reader stops early; what goes wrong in it is thrown where it is read.
    yield* segment.endsWith(".gz") ? pipelineOf(file, createGunzip(), () => {}) : file;
  } catch (error) {
    throw new UsageError(
      `cannot read ${segment}: ${messageOf(error)}`,
      "Restore the file or run the scenario again.",
    );
  }
}
