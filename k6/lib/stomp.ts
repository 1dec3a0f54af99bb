/** A frame of STOMP 1.2 (https://stomp.github.io/stomp-specification-1.2.html). Of a repeated header the first counts. */
export interface Frame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What is sent to show that one is there. */
export const heartBeat = "\n";

/** A frame's bytes. Bodies get their length as a header, since they may hold the NUL that ends a frame. */
export function encodeFrame(
  command: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array = new Uint8Array(),
): Uint8Array {
  const escaped = command === "CONNECT" ? (text: string) => text : escapeHeader;
  const length = body.length > 0 ? { "content-length": String(body.length) } : {};
  const lines = Object.entries({ ...headers, ...length }).map(
    ([name, value]) => `${escaped(name)}:${escaped(value)}`,
  );
  const head = new TextEncoder().encode(`${[command, ...lines].join("\n")}\n\n`);
  const frame = new Uint8Array(head.length + body.length + 1); // the last byte is the NUL
  frame.set(head);
  frame.set(body, head.length);
  return frame;
}

/** Cuts what comes in into frames, however it was cut on its way; heart-beats between frames are passed over. */
export class FrameDecoder {
  #rest = new Uint8Array();

  /**
   * The frames that a message completes.
   * @throws Error on what is no frame.
   */
  decode(message: string | ArrayBuffer): Frame[] {
    const bytes = typeof message === "string" ? new TextEncoder().encode(message) : new Uint8Array(message);
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      while (all[at] === lineFeed || all[at] === carriageReturn) at++;
      const next = frameAt(all, at);
      if (next === undefined) break;
      frames.push(next.frame);
      at = next.end;
    }
    this.#rest = all.slice(at);
    return frames;
  }
}

/** The frame that begins at a byte, and where it ends; undefined when its end has not come yet. */
function frameAt(bytes: Uint8Array, from: number): { frame: Frame; end: number } | undefined {
  const bodyAt = endOfHead(bytes, from);
  if (bodyAt === undefined) return undefined;
  const [command = "", ...lines] = textOf(bytes.subarray(from, bodyAt)).split(/\r?\n/);
  const headers = headersOf(command, lines);
  const length = headers["content-length"];
  if (length !== undefined && !/^\d{1,10}$/.test(length))
    throw new Error(`STOMP: content-length is ${JSON.stringify(length)}`);
  const end = length === undefined ? bytes.indexOf(0, bodyAt) : bodyAt + Number(length);
  if (end < 0 || end >= bytes.length) return undefined;
  if (bytes[end] !== 0) throw new Error(`STOMP: ${command} does not end after the ${length} bytes it tells`);
  return { frame: { command, headers, body: bytes.slice(bodyAt, end) }, end: end + 1 };
}

/** Text without the line ends that follow it; blanks at the end of a header belong to it. */
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replace(/[\r\n]+$/, "");

/** The byte after the empty line that ends the headers. */
function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(lineFeed, from); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    const next = bytes[at + 1] === carriageReturn ? at + 2 : at + 1;
    if (bytes[next] === lineFeed) return next + 1;
  }
  return undefined;
}

function headersOf(command: string, lines: readonly string[]): Record<string, string> {
  const plain = command === "CONNECTED" ? (text: string) => text : unescapeHeader;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`STOMP: ${command} has the header line ${JSON.stringify(line)}`);
    const name = plain(line.slice(0, colon));
    if (!Object.hasOwn(headers, name)) headers[name] = plain(line.slice(colon + 1));
  }
  return headers;
}

const escapes: readonly (readonly [string, string])[] = [
  ["\\", "\\\\"],
  ["\r", "\\r"],
  ["\n", "\\n"],
  [":", "\\c"],
];

function escapeHeader(text: string): string {
  return text.replace(/[\\\r\n:]/g, (character) => escapes.find(([plain]) => plain === character)?.[1] ?? "");
}

function unescapeHeader(text: string): string {
  return text.replace(/\\.?/g, (sequence) => {
    const known = escapes.find(([, escaped]) => escaped === sequence);
    if (known === undefined) throw new Error(`STOMP: ${JSON.stringify(sequence)} is no escape`);
    return known[0];
  });
}

/** How often each side sends something at least, ms; 0: it does not promise to. */
export interface HeartBeats {
  readonly outgoingMs: number;
  readonly incomingMs: number;
}

/**
 * What both sides agree on: each direction at the slower of what its sender can and its receiver wants, and not at all
 * when either says 0.
 * @param server the header of CONNECTED, "can,wants" in ms; absent: "0,0".
 * @param everyMs what this client can and wants.
 */
export function negotiateHeartBeats(server: string | undefined, everyMs: number): HeartBeats {
  const [can = 0, wants = 0] = (server ?? "0,0").split(",").map(Number);
  const slower = (ms: number) => (ms === 0 || everyMs === 0 ? 0 : Math.max(ms, everyMs));
  return { outgoingMs: slower(wants), incomingMs: slower(can) };
}
