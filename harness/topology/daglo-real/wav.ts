import { type FileHandle, open } from "node:fs/promises";

/** Samples a second, of the only format that is understood: mono, 16-bit, little-endian PCM. */
export const SAMPLE_RATE = 16_000;
const BYTES_PER_SAMPLE = 2;
const PCM = 1;

/** Why audio is refused. The names are part of the interface (docs/real-speech.md). */
export type AudioFault = "not-a-wav" | "unsupported-audio" | "truncated-audio" | "empty-audio";

/** The audio cannot be transcribed; its sender is told why. */
export class UnusableAudio extends Error {
  override readonly name = "UnusableAudio";
  readonly fault: AudioFault;
  constructor(fault: AudioFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** An open WAV file of 16 kHz mono 16-bit PCM. */
export class Wav implements AsyncDisposable {
  readonly samples: number;
  readonly #file: FileHandle;
  readonly #offset: number;

  private constructor(file: FileHandle, { offset, bytes }: DataBlock) {
    this.#file = file;
    this.#offset = offset;
    this.samples = bytes / BYTES_PER_SAMPLE;
  }

  /**
   * @throws UnusableAudio when it is no WAV file, of another format, shorter than it says, or without a sample.
   */
  static async open(path: string): Promise<Wav> {
    const file = await open(path);
    try {
      return new Wav(file, await findData(file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The samples from `from` up to, and without, `to`, within -1..1. */
  async read(from: number, to: number): Promise<Float32Array> {
    // Typed arrays have the machine's byte order: little-endian on every machine that this runs on.
    const block = new Int16Array(to - from);
    const position = this.#offset + from * BYTES_PER_SAMPLE;
    const { bytesRead } = await this.#file.read(block, 0, block.byteLength, position);
    if (bytesRead < block.byteLength)
      throw new Error(`the WAV file was cut off at byte ${position + bytesRead}`);
    return Float32Array.from(block, (sample) => sample / 32_768);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

interface DataBlock {
  readonly offset: number;
  readonly bytes: number;
}

async function findData(file: FileHandle): Promise<DataBlock> {
  const { size } = await file.stat();
  const read = async (position: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
  const riff = await read(0, 12);
  if (riff.length < 12 || riff.toString("latin1", 0, 4) !== "RIFF" || riff.toString("latin1", 8) !== "WAVE") {
    throw new UnusableAudio("not-a-wav", "the body does not begin as a WAV file does (RIFF, WAVE)");
  }
  let formatSeen = false;
  for (let at = riff.length; at + 8 <= size; ) {
    const header = await read(at, 8);
    const name = header.toString("latin1", 0, 4);
    const length = header.readUInt32LE(4);
    const content = at + 8;
    if (name === "fmt ") {
      assertFormat(await read(content, 16));
      formatSeen = true;
    }
    if (name === "data") {
      if (!formatSeen) throw new UnusableAudio("not-a-wav", "the WAV file says nothing of its format");
      return dataBlock(content, length, size);
    }
    at = content + length + (length % 2); // blocks are padded to an even size
  }
  throw new UnusableAudio("truncated-audio", "the WAV file ends before its samples");
}

function assertFormat(format: Buffer): void {
  if (format.length < 16) throw new UnusableAudio("truncated-audio", "the WAV file ends within its format");
  const [encoding, channels] = [format.readUInt16LE(0), format.readUInt16LE(2)];
  const [rate, bits] = [format.readUInt32LE(4), format.readUInt16LE(14)];
  if (encoding === PCM && channels === 1 && rate === SAMPLE_RATE && bits === 8 * BYTES_PER_SAMPLE) return;
  throw new UnusableAudio(
    "unsupported-audio",
    `the WAV file has encoding ${encoding}, ${channels} channel(s), ${rate} Hz, ${bits} bits; ` +
      `supported: encoding 1 (PCM), 1 channel, ${SAMPLE_RATE} Hz, ${8 * BYTES_PER_SAMPLE} bits`,
  );
}

function dataBlock(offset: number, bytes: number, fileSize: number): DataBlock {
  if (bytes === 0) throw new UnusableAudio("empty-audio", "the WAV file has no sample");
  if (offset + bytes > fileSize || bytes % BYTES_PER_SAMPLE !== 0) {
    const there = Math.max(0, fileSize - offset);
    throw new UnusableAudio(
      "truncated-audio",
      `the WAV file says ${bytes} bytes of samples and has ${there}`,
    );
  }
  return { offset, bytes };
}
