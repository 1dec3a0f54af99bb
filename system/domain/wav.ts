/** What every recording becomes: 16 kHz, mono, signed 16-bit little-endian PCM. */
export const sampleRate = 16_000;
export const bytesPerSample = 2;
export const wavHeaderBytes = 44;

/** A RIFF file counts its bytes in 32 bits: 37 hours of sound. */
const maxDataBytes = 2 ** 32 - 1 - wavHeaderBytes;

/** The recording is longer than a WAV file can be. */
export class WavTooLong extends Error {
  override readonly name = "WavTooLong";
}

/**
 * The RIFF header of a PCM WAV file whose samples take `dataBytes` bytes. The same input, the same bytes.
 * @throws WavTooLong
 */
export function wavHeader(dataBytes: number): Uint8Array {
  if (dataBytes > maxDataBytes) {
    throw new WavTooLong(
      `${dataBytes} bytes of samples do not fit into a WAV file, which holds ${maxDataBytes}`,
    );
  }
  const header = new DataView(new ArrayBuffer(wavHeaderBytes));
  const ascii = (offset: number, text: string) => {
    for (let i = 0; i < text.length; i++) header.setUint8(offset + i, text.charCodeAt(i));
  };
  ascii(0, "RIFF");
  header.setUint32(4, wavHeaderBytes - 8 + dataBytes, true);
  ascii(8, "WAVEfmt ");
  header.setUint32(16, 16, true); // size of the format block
  header.setUint16(20, 1, true); // PCM
  header.setUint16(22, 1, true); // channels
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, sampleRate * bytesPerSample, true); // bytes a second
  header.setUint16(32, bytesPerSample, true); // bytes a frame
  header.setUint16(34, bytesPerSample * 8, true);
  ascii(36, "data");
  header.setUint32(40, dataBytes, true);
  return new Uint8Array(header.buffer);
}
