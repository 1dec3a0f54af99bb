/**
 * How the chunks of a recording hold its sound. `pcm`: bare samples, 16 kHz mono, signed 16 bit, little-endian, each
 * chunk whole samples. `webm`, `ogg`: Opus in a container, of which the chunks are consecutive pieces (as
 * MediaRecorder cuts them), so that only the first one begins with the container's header.
 */
export const audioFormats = ["pcm", "webm", "ogg"] as const;
export type AudioFormat = (typeof audioFormats)[number];

/** The media type under which a client sends chunks of a format. */
export const mediaTypes: Readonly<Record<AudioFormat, string>> = {
  pcm: "application/octet-stream",
  webm: "audio/webm",
  ogg: "audio/ogg",
};

/** The format of a media type, whatever its parameters (`audio/webm; codecs=opus`), or null when it is none of ours. */
export function formatOfMediaType(mediaType: string): AudioFormat | null {
  const essence = mediaType.split(";")[0]?.trim().toLowerCase();
  return audioFormats.find((format) => mediaTypes[format] === essence) ?? null;
}

/** Characters (of one byte each) that a file has at given places. */
type Signature = readonly { readonly at: number; readonly is: string }[];

const at = (place: number, is: string) => ({ at: place, is });

/** A WebM file begins with an EBML header (RFC 8794, 11.2.1), each Ogg page with "OggS" and version 0 (RFC 3533, 6). */
const containers = {
  webm: { name: "WebM's EBML header (1A 45 DF A3)", signature: [at(0, "\x1a\x45\xdf\xa3")] },
  ogg: { name: 'an Ogg page ("OggS")', signature: [at(0, "OggS\0")] },
} as const;

/**
 * What else clients have sent as bare samples. Signatures are so long that samples match none of them by chance: one
 * of two bytes, every 65,536th chunk of sound would.
 */
const foreign: readonly { readonly name: string; readonly signature: Signature }[] = [
  { name: "a WAV file", signature: [at(0, "RIFF"), at(8, "WAVE")] },
  { name: "a WebM or Matroska file", signature: containers.webm.signature },
  { name: "an Ogg file", signature: containers.ogg.signature },
  { name: "an MP3 file with ID3 tags", signature: [at(0, "ID3"), at(4, "\0")] },
  { name: "a FLAC file", signature: [at(0, "fLaC")] },
  { name: "an MP4 file", signature: [at(4, "ftyp")] },
  { name: "a PDF file", signature: [at(0, "%PDF-")] },
  { name: "a PNG picture", signature: [at(0, "\x89PNG\r\n")] },
  { name: "a ZIP file", signature: [at(0, "PK\x03\x04")] },
];

const markup = /^\s*<(!doctype|html|\?xml)/i;

/** The first bytes, each as a character. */
const headOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 64));

const matches = (head: string, signature: Signature): boolean =>
  signature.every((part) => head.startsWith(part.is, part.at));

/**
 * Why a chunk cannot be sound of a format, as far as its first bytes tell; null when they do not. The first chunk of a
 * container must begin with its header; bare samples must not begin like a file of another kind.
 */
export function whyNotAudio(format: AudioFormat, seq: number, bytes: Uint8Array): string | null {
  const head = headOf(bytes);
  if (format !== "pcm") {
    const { name, signature } = containers[format];
    if (seq > 0 || matches(head, signature)) return null;
    return `the first chunk of ${mediaTypes[format]} must begin with ${name}`;
  }
  const other = foreign.find(({ signature }) => matches(head, signature))?.name;
  if (other) return `it begins like ${other}, not like bare samples`;
  if (markup.test(head)) return "it is HTML or XML, not bare samples";
  if (isJson(bytes)) return "it is JSON, not bare samples";
  return null;
}

function isJson(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x7b && bytes[0] !== 0x5b) return false; // { or [
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
