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
