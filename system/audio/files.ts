import type { AudioFormat } from "../domain/audio-format.ts";
import type { FindFrame, Frame } from "./frame.ts";
import { findPage } from "./ogg-page.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";
import { webmElements } from "./webm-elements.ts";

export type Container = Exclude<AudioFormat, "pcm">;

const frameOf: Readonly<Record<Container, { readonly name: string; readonly finder: () => FindFrame }>> = {
  webm: { name: "WebM element", finder: webmElements },
  ogg: { name: "Ogg page", finder: () => findPage },
};

/** Frames are passed on in pieces of about this size: some elements have a few bytes, and each piece costs hundreds. */
const pieceBytes = 32 * 1024;

/** More than a page, or an element of sound, ever takes. */
const maxFrameBytes = 1024 * 1024;

/**
 * The files of which a stream consists, each in pieces that are whole frames; most often it is one. Each must be read
 * before the next is asked for. What is cut off at the end of the stream is left out: a demuxer would stumble over it.
 * @throws UndecodableAudio where the stream is none of the format.
 */
export async function* files(
  format: Container,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<AsyncIterable<Uint8Array>, void> {
  const iterator = frames(format, stream);
  let next = await iterator.next();
  if (next.value?.begins === false) throw new UndecodableAudio(`it is not the beginning of a ${format} file`);
  let before: Frame | undefined;
  const advance = async () => {
    before = next.value ?? undefined;
    next = await iterator.next();
  };
  // Not the page after a first page: an Ogg file with several tracks has several first pages.
  const atNewFile = () => next.value?.begins === true && before?.begins === false;

  const file = async function* () {
    let gathered: Uint8Array[] = [];
    let gatheredBytes = 0;
    while (next.value && !atNewFile()) {
      // Nothing of those that are left out: an endless row of them would fill the memory.
      if (next.value.bytes.byteLength > 0) gathered.push(next.value.bytes);
      gatheredBytes += next.value.bytes.byteLength;
      await advance();
      if (gatheredBytes < pieceBytes) continue;
      yield Buffer.concat(gathered);
      gathered = [];
      gatheredBytes = 0;
    }
    if (gatheredBytes > 0) yield Buffer.concat(gathered);
  };
  while (next.value) {
    yield file();
    while (next.value && !atNewFile()) await advance(); // what was left unread
    before = undefined;
  }
}

async function* frames(
  format: Container,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Frame, undefined> {
  const { name, finder } = frameOf[format];
  const find = finder();
  let position = 0;
  let buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    buffer = Buffer.concat([buffer, piece]);
    for (let found = find(buffer); found !== "incomplete"; found = find(buffer)) {
      if (found === "foreign") throw new UndecodableAudio(`at byte ${position} there is no ${name}`);
      yield found;
      position += found.length;
      buffer = buffer.subarray(found.length);
    }
    if (buffer.byteLength > maxFrameBytes) {
      throw new UndecodableAudio(`at byte ${position} begins a ${name} of over ${maxFrameBytes} bytes`);
    }
  }
  return undefined;
}
