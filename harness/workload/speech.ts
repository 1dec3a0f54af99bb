import { readFileSync } from "node:fs";
import { messageOf, UsageError } from "../util/errors.ts";

const SAMPLE_RATE = 16_000;
const BYTES_PER_SAMPLE = 2;

/** Bytes of so much audio: 16 kHz, mono, 16 bit. */
export const bytesOfMs = (ms: number) => Math.round((ms * SAMPLE_RATE) / 1_000) * BYTES_PER_SAMPLE;

/** Real speech to cut recordings from: 16 kHz mono signed 16-bit little-endian samples. */
export class Speech {
  readonly #pcm: Buffer;

  constructor(pcm: Buffer) {
    this.#pcm = pcm;
  }

  get bytes(): number {
    return this.#pcm.length;
  }

  /**
   * Consecutive chunks from a place in the speech, going on at its beginning after its end. Their bytes are distinct
   * as long as they are not longer than the speech together.
   * @param place 0..1: where in the speech the first chunk begins.
   */
  chunks(place: number, count: number, chunkBytes: number): Buffer[] {
    const first = Math.floor((place * this.#pcm.length) / BYTES_PER_SAMPLE) * BYTES_PER_SAMPLE;
    return Array.from({ length: count }, (_, seq) => {
      const from = (first + seq * chunkBytes) % this.#pcm.length;
      const head = this.#pcm.subarray(from, from + chunkBytes);
      return Buffer.concat([head, this.#pcm.subarray(0, chunkBytes - head.length)]);
    });
  }
}

/**
 * Loads a WAV file of 16 kHz, mono, 16-bit PCM.
 * @throws UsageError naming the file when it is anything else.
 */
export function loadSpeech(file: string | URL): Speech {
  let wav: Buffer;
  try {
    wav = readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read the speech ${file}: ${messageOf(error)}`);
  }
  const format = block(wav, "fmt ");
  const data = block(wav, "data");
  const fits =
    format !== undefined &&
    format.length >= 16 &&
    format.readUInt16LE(0) === 1 &&
    format.readUInt16LE(2) === 1 &&
    format.readUInt32LE(4) === SAMPLE_RATE &&
    format.readUInt16LE(14) === 8 * BYTES_PER_SAMPLE;
  if (!fits || data === undefined || data.length === 0) {
    throw new UsageError(
      `${file} is not a WAV file of 16 kHz mono 16-bit PCM`,
      "Convert it: ffmpeg -i IN -ar 16000 -ac 1 -c:a pcm_s16le OUT.wav",
    );
  }
  return new Speech(data);
}

/** The content of a RIFF file's first block of a name. */
function block(riff: Buffer, name: string): Buffer | undefined {
  if (riff.length < 12 || riff.toString("latin1", 0, 4) !== "RIFF") return undefined;
  for (let at = 12; at + 8 <= riff.length; ) {
    const size = riff.readUInt32LE(at + 4);
    if (riff.toString("latin1", at, at + 4) === name) return riff.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2); // blocks are padded to an even size
  }
  return undefined;
}

/**
 * Which chunks a file holds, by position: a search for each chunk's exact bytes. One that is in it twice is listed
 * twice.
 */
export function chunksPresent(file: Buffer, chunks: readonly Buffer[]): number[] {
  const found: { seq: number; at: number }[] = [];
  for (const [seq, chunk] of chunks.entries()) {
    for (let at = file.indexOf(chunk); at >= 0; at = file.indexOf(chunk, at + chunk.length)) {
      found.push({ seq, at });
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ seq }) => seq);
}
