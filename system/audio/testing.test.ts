// Not a suite itself: sounds for the suites. Named like a test because it uses what only tests may.
import { readFileSync } from "node:fs";

const read = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));

/** The speech of the Opus files, as bare samples. */
export const speech = read("../../scenarios/audio/sense-and-sensibility.wav").subarray(44);
export const speechOgg = read("../testing/audio/speech.ogg");
export const speechWebm = read("../testing/audio/speech.webm");
/** One second of 440 Hz, half of full scale, in the left of two channels. */
export const leftOgg = read("../testing/audio/left.ogg");

export async function* piecesOf(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** All of it in one, copied as it comes. */
export async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

export const samplesOf = (pcm: Buffer): number[] =>
  Array.from({ length: pcm.byteLength / 2 }, (_, index) => pcm.readInt16LE(2 * index));

/** How alike two sounds are at a shift of `lag` samples: 1 is alike, 0 nothing in common. */
function correlation(a: readonly number[], b: readonly number[], lag: number): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x = 0, y = 0] = [a[i], b[i + lag]];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** At which shift, of up to 20 samples (1.25 ms), two sounds are most alike, and how much. */
export function bestMatch(a: Buffer, b: Buffer): { lag: number; correlation: number } {
  const [one, other] = [samplesOf(a), samplesOf(b)];
  const lags = Array.from({ length: 41 }, (_, index) => index - 20);
  return lags
    .map((lag) => ({ lag, correlation: correlation(one, other, lag) }))
    .reduce((best, next) => (next.correlation > best.correlation ? next : best));
}
