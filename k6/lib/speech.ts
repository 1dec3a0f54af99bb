/** Samples are 16 kHz, mono, signed 16 bit, little-endian: what the service takes as application/octet-stream. */
const bytesPerMs = 32;
const bytesPerSample = 2;

/**
 * The samples of a WAV file.
 * @throws Error when it is none of 16 kHz mono 16-bit PCM.
 */
export function samplesOf(file: ArrayBuffer): Uint8Array {
  const view = new DataView(file);
  const name = (at: number) => String.fromCharCode(...new Uint8Array(file, at, 4));
  let fits = false;
  if (file.byteLength >= 12 && name(0) === "RIFF") {
    for (let at = 12; at + 8 <= file.byteLength; ) {
      const size = view.getUint32(at + 4, true);
      const content = at + 8;
      if (name(at) === "fmt " && size >= 16 && content + 16 <= file.byteLength) {
        const [coding, channels] = [view.getUint16(content, true), view.getUint16(content + 2, true)];
        const [rate, bits] = [view.getUint32(content + 4, true), view.getUint16(content + 14, true)];
        fits = coding === 1 && channels === 1 && rate === 16_000 && bits === 16;
      }
      if (name(at) === "data" && fits && size > 0)
        return new Uint8Array(file, content, Math.min(size, file.byteLength - content));
      at = content + size + (size % 2); // blocks are padded to an even size
    }
  }
  throw new Error("the speech is no WAV file of 16 kHz mono 16-bit PCM");
}

/**
 * Consecutive chunks from a place in the speech, going on at its beginning after its end.
 * @param place 0..1: where the first chunk begins, so that recordings differ.
 */
export function chunksOf(samples: Uint8Array, place: number, count: number, chunkMs: number): Uint8Array[] {
  const size = chunkMs * bytesPerMs;
  const first = Math.floor((place * samples.length) / bytesPerSample) * bytesPerSample;
  return Array.from({ length: count }, (_, index) => {
    const chunk = new Uint8Array(size);
    for (let filled = 0, at = (first + index * size) % samples.length; filled < size; at = 0) {
      const part = samples.subarray(at, at + size - filled);
      chunk.set(part, filled);
      filled += part.length;
    }
    return chunk;
  });
}
