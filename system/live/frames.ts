import { FrameImpl, Parser } from "@stomp/stompjs";
import { badFrame, closeCodes } from "./errors.ts";

/** A frame a client sent. Of a repeated header the first one counts, as STOMP 1.2 wants it. */
export interface Frame {
  readonly command: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Bytes of a frame's headers at most, and how many there may be. */
export const maxHeaderBytes = 16 * 1024;
export const maxHeaders = 64;

type RawFrame = Parameters<ConstructorParameters<typeof Parser>[0]>[0];

/**
 * Cuts a stream of bytes into frames, by the parser of `@stomp/stompjs`. That parser accepts anything and has no
 * bounds, so both are added here: what a frame may hold is checked when it is complete, and how long it may be
 * while it is not.
 */
export class FrameReader {
  readonly #parser: Parser;
  /** Bytes of a frame at most, its headers included. May be changed at any time. */
  maxFrameBytes: number;
  #complete: RawFrame[] = [];
  #unfinishedBytes = 0;

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
    // Neither callback may throw: the parser would print the error and go on.
    this.#parser = new Parser(
      (frame) => {
        this.#complete.push(frame);
        this.#unfinishedBytes = 0;
      },
      () => {
        this.#unfinishedBytes = 0; // a heart-beat, between two frames
      },
    );
  }

  /** Whether a frame has begun and not ended. */
  get unfinished(): boolean {
    return this.#unfinishedBytes > 0;
  }

  /**
   * The frames that these bytes complete.
   * @throws ConnectionEnd when the unfinished frame is too long. A complete frame that is malformed throws when
   *   the iteration reaches it.
   */
  *read(bytes: Uint8Array): Generator<Frame> {
    this.#unfinishedBytes += bytes.length;
    this.#parser.parseChunk(new Uint8Array(bytes).buffer);
    const complete = this.#complete;
    this.#complete = [];
    for (const raw of complete) yield frameOf(raw, this.maxFrameBytes);
    if (this.#unfinishedBytes > this.maxFrameBytes) throw tooLarge(this.maxFrameBytes);
  }
}

/** A frame for a client, as text. */
export function writeFrame(command: string, headers: Readonly<Record<string, string>>, body = ""): string {
  const frame = new FrameImpl({ command, headers: { ...headers }, body, escapeHeaderValues: true });
  return String(frame.serialize());
}

function frameOf({ command = "", headers: pairs, binaryBody }: RawFrame, maxFrameBytes: number): Frame {
  if (binaryBody && binaryBody.length > maxFrameBytes) throw tooLarge(maxFrameBytes);
  if (pairs.length > maxHeaders) throw badFrame(`a frame has at most ${maxHeaders} headers`);
  const bytes = pairs.reduce((sum, [name, value]) => sum + name.length + value.length + 2, command.length);
  if (bytes > maxHeaderBytes) throw badFrame(`a frame's headers have at most ${maxHeaderBytes} bytes`);

  const plain = command === "CONNECT" || command === "STOMP" ? (text: string) => text : unescapeHeader;
  const headers = new Map<string, string>();
  for (const [rawName, rawValue] of pairs) {
    // A line without a colon makes the parser take the next line for the same name.
    if (/[\n\r\0]/.test(rawName)) throw badFrame("a header line has no colon");
    if (`${rawName}${rawValue}`.includes("\uFFFD")) throw badFrame("headers must be UTF-8");
    const name = plain(rawName);
    if (!headers.has(name)) headers.set(name, plain(rawValue));
  }
  const length = headers.get("content-length");
  if (length !== undefined && !/^\d{1,10}$/.test(length)) {
    throw badFrame("content-length must be a number of bytes");
  }
  return { command, headers, body: binaryBody ?? new Uint8Array() };
}

const escapes: Readonly<Record<string, string>> = { "\\r": "\r", "\\n": "\n", "\\c": ":", "\\\\": "\\" };

/** In one pass: the library's own function takes `\\n` (a backslash and an n) for a line feed. */
function unescapeHeader(text: string): string {
  return text.replace(/\\.?/gs, (sequence) => {
    const character = escapes[sequence];
    if (character === undefined) throw badFrame(`${JSON.stringify(sequence)} is no escape of STOMP 1.2`);
    return character;
  });
}

function tooLarge(maxFrameBytes: number) {
  return badFrame(`a frame has at most ${maxFrameBytes} bytes`, closeCodes.tooLarge);
}
