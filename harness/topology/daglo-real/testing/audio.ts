import { readFileSync } from "node:fs";
import { seededRandom } from "../../../util/random.ts";
import { SAMPLE_RATE } from "../wav.ts";

const BYTES_PER_SAMPLE = 2;

/** A WAV file of these samples; by default with the header of what is understood. */
export function wavOf(
  samples: Int16Array,
  { rate = SAMPLE_RATE, channels = 1, bits = 16, encoding = 1, bytes = samples.byteLength } = {},
): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + bytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(encoding, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(bytes, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

export const silence = (seconds: number): Int16Array => new Int16Array(seconds * SAMPLE_RATE);

/** White noise, the same for the same seed. */
export function noise(seconds: number, seed: number): Int16Array {
  const next = seededRandom(seed);
  return silence(seconds).map(() => Math.round((next() - 0.5) * 10_000));
}

/** A melody of plucked strings: decaying tones, each with two overtones. */
export function melody(seconds: number): Int16Array {
  const notes = [262, 330, 392, 523]; // hertz: C, E, G, C
  const noteSamples = SAMPLE_RATE / 4;
  return silence(seconds).map((_, index) => {
    const hertz = notes[Math.floor(index / noteSamples) % notes.length] ?? 0;
    const phase = (2 * Math.PI * hertz * index) / SAMPLE_RATE;
    const wave = Math.sin(phase) + Math.sin(2 * phase) / 2 + Math.sin(3 * phase) / 4;
    return 8_000 * Math.exp((-3 * (index % noteSamples)) / noteSamples) * wave;
  });
}

/** One after the other. */
export function joined(...parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The samples of a mono 16-bit WAV file.
 * @param fold how many of them become one, their mean: 3 makes 16 kHz of 48 kHz.
 */
export function readSamples(file: string | URL, fold = 1): Int16Array {
  const wav = readFileSync(file);
  const from = wav.indexOf("data") + 8;
  const length = Math.floor((wav.length - from) / (fold * BYTES_PER_SAMPLE));
  return Int16Array.from({ length }, (_, index) => {
    let sum = 0;
    for (let k = 0; k < fold; k++) sum += wav.readInt16LE(from + (index * fold + k) * BYTES_PER_SAMPLE);
    return Math.round(sum / fold);
  });
}
