import { EncodedPacketSink, Input, MATROSKA, OGG, ReadableStreamSource, WEBM } from "mediabunny";
import { type OpusHead, parseOpusHead } from "./opus-head.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";

/** One packet of an Opus stream. */
export interface OpusPacket {
  readonly data: Uint8Array;
  /** How long it is to be heard, in seconds, where the container tells: on the last packet of an Ogg stream. */
  readonly trimmedTo: number | undefined;
}

/**
 * How far back the demuxer may look: further than the longest cluster, which is of 32 seconds (its times are 16 bits of
 * milliseconds), at the highest rate of Opus, 510 kbit/s.
 */
const lookBackBytes = 2 * 1024 * 1024;

/**
 * The packets of an Opus stream in Ogg or WebM, in order, read as they are asked for. Sizes and durations may be unknown,
 * as in what MediaRecorder writes.
 * @param file the container from its beginning to its end, in pieces of any size.
 * @param begin receives the stream's header before the first packet.
 * @throws UndecodableAudio saying what is wrong.
 */
export async function* opusPackets(
  file: AsyncIterable<Uint8Array>,
  begin: (head: OpusHead) => void,
): AsyncGenerator<OpusPacket> {
  let failure: { readonly reason: unknown } | undefined;
  const noting = async function* () {
    try {
      yield* file;
    } catch (reason) {
      failure = { reason };
      throw reason;
    }
  };
  const understood = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (failure) throw failure.reason;
      if (error instanceof UndecodableAudio || !(error instanceof Error)) throw error;
      throw new UndecodableAudio(`${what} cannot be read: ${error.message}`, { cause: error });
    }
  };

  const source = new ReadableStreamSource(ReadableStream.from(noting()), {
    maxCacheSize: lookBackBytes,
    handleUnhandledError: () => {}, // the next read tells
  });
  using input = new Input({ source, formats: [OGG, WEBM, MATROSKA] });
  const { track, isOgg } = await understood("the header", async () => {
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw new UndecodableAudio("there is no audio track in it");
    const codec = await track.getCodec();
    if (codec !== "opus")
      throw new UndecodableAudio(`the audio is ${codec ?? "of an unknown codec"}, not Opus`);
    begin(parseOpusHead(descriptionOf(await track.getDecoderConfig())));
    return { track, isOgg: (await input.getFormat()) === OGG };
  });

  const packets = new EncodedPacketSink(track).packets();
  let held: OpusPacket | undefined; // one is held back, for only the last one is ever trimmed
  for (;;) {
    const next = await understood("a packet", () => packets.next());
    if (next.done) break;
    if (held) yield { ...held, trimmedTo: undefined };
    held = { data: next.value.data, trimmedTo: isOgg ? next.value.duration : undefined };
  }
  if (held) yield held;
}

function descriptionOf(config: AudioDecoderConfig | null): Uint8Array {
  const description = config?.description;
  if (description instanceof Uint8Array) return description;
  throw new UndecodableAudio("the stream has no Opus identification header");
}
