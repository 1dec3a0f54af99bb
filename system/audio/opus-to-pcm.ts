import { OpusDecoder } from "opus-decoder";
import { bytesPerSample, sampleRate } from "../domain/wav.ts";
import { type Container, files } from "./files.ts";
import type { OpusHead } from "./opus-head.ts";
import { opusPackets } from "./opus-stream.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";

/** Pre-skip and the like are counted at this rate, whatever the decoder's. */
const opusRate = 48_000;

/** As much as the decoder's input buffer holds for one channel; 60 ms at the highest rate are less. */
const maxPacketBytes = 3_840;

/** Samples are passed on by the second; then a packet's may come on top, at most 120 ms. */
const batchSamples = sampleRate;
const maxBatchSamples = batchSamples + (sampleRate * 120) / 1000;
export const maxBatchBytes = maxBatchSamples * bytesPerSample;

/**
 * Opus in Ogg or WebM to samples as a WAV holds them (domain/wav.ts). libopus itself decodes to 16 kHz and mixes stereo
 * down to mono: no resampler of ours could do better, for it leaves out the high bands before it transforms back.
 * @param stream the container from its beginning, in pieces of any size; several files one after another, and one that
 *   is cut off at the end, are taken.
 * @returns samples that are there until the next are asked for.
 * @throws UndecodableAudio
 */
export async function* opusToPcm(
  format: Container,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const batch = new Batch();
  let decodedPackets = 0;
  let flaw = "there are no packets in it";
  for await (const file of files(format, stream)) {
    for await (const decoded of decodedFile(file)) {
      if (typeof decoded === "string") {
        flaw = decoded; // one packet of many is not worth the recording: it is left out
        continue;
      }
      decodedPackets++;
      batch.add(decoded);
      if (batch.isFull) yield batch.take();
    }
  }
  if (decodedPackets === 0) throw new UndecodableAudio(`no sound can be decoded: ${flaw}`);
  yield batch.take();
}

/** The samples of each packet, or why it has none. */
async function* decodedFile(file: AsyncIterable<Uint8Array>): AsyncGenerator<Float32Array | string> {
  const decoder = new OpusDecoder({ sampleRate, channels: 1 });
  await decoder.ready;
  try {
    let gain = 1;
    let toSkip = 0;
    const begin = (head: OpusHead) => {
      gain = head.gain;
      toSkip = Math.round((head.preSkip * sampleRate) / opusRate);
    };
    for await (const { data, trimmedTo } of opusPackets(file, begin)) {
      const decoded = decode(decoder, data);
      if (typeof decoded === "string") {
        yield decoded;
        continue;
      }
      const skipped = Math.min(toSkip, decoded.length);
      toSkip -= skipped;
      const wanted = trimmedTo === undefined ? decoded.length : Math.round(trimmedTo * sampleRate);
      yield decoded.subarray(skipped, skipped + wanted).map((sample) => sample * gain);
    }
  } finally {
    decoder.free();
  }
}

/** The samples of a packet, or why there are none. */
function decode(decoder: OpusDecoder<typeof sampleRate>, packet: Uint8Array): Float32Array | string {
  if (packet.byteLength > maxPacketBytes) return `a packet of ${packet.byteLength} bytes`;
  const { channelData, errors } = decoder.decodeFrame(packet);
  return errors[0]?.message ?? channelData[0] ?? "no samples";
}

/** Samples on their way from floating point to 16 bits. */
class Batch {
  readonly #samples = new Int16Array(maxBatchSamples);
  #length = 0;

  get isFull(): boolean {
    return this.#length >= batchSamples;
  }

  add(samples: Float32Array): void {
    for (const sample of samples) {
      const scaled = Math.round(sample * 32_768);
      this.#samples[this.#length++] = Math.max(-32_768, Math.min(32_767, scaled));
    }
  }

  /** What was added, little-endian, as every machine that Node runs on; the batch is empty afterwards. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#samples.buffer, 0, this.#length * bytesPerSample);
    this.#length = 0;
    return bytes;
  }
}
