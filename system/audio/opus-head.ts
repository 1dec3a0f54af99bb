import { UndecodableAudio } from "./undecodable-audio.ts";

/** What of an Opus identification header (RFC 7845, 5.1) matters to a decoder. */
export interface OpusHead {
  /** Samples at 48 kHz that the decoder gives out first and that are none of the sound. */
  readonly preSkip: number;
  /** What to multiply samples with. */
  readonly gain: number;
}

const headBytes = 19;

/**
 * Reads an identification header, which both containers carry.
 * @throws UndecodableAudio when it is none, or of sound with more than two channels.
 */
export function parseOpusHead(head: Uint8Array): OpusHead {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.byteLength < headBytes || new TextDecoder("latin1").decode(head.subarray(0, 8)) !== "OpusHead") {
    throw new UndecodableAudio("the stream has no Opus identification header");
  }
  const family = view.getUint8(18);
  if (family !== 0) {
    const channels = view.getUint8(9);
    throw new UndecodableAudio(
      `the sound has ${channels} channels in mapping family ${family}: only mono and stereo (family 0) are taken`,
    );
  }
  return { preSkip: view.getUint16(10, true), gain: 10 ** (view.getInt16(16, true) / (20 * 256)) };
}
