import type { FindFrame } from "./frame.ts";

// Element IDs of RFC 8794 and RFC 9559.
const ebmlHeader = 0x1a45dfa3;
const segment = 0x18538067;
const cluster = 0x1f43b675;
const inSegment: readonly number[] = [0x1549a966, 0x1654ae6b]; // Info, Tracks
const inCluster: readonly number[] = [0xe7, 0xa3, 0xa0]; // Timestamp, SimpleBlock, BlockGroup

const unknownSize = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/**
 * Finds the elements of a WebM stream. Of segments and clusters, which hold the others, it is only the header, and with an
 * unknown size, as recorders that stream write it too: so it does not matter when their end was cut off. A demuxer is
 * to see nothing but what it needs, each where it belongs: mediabunny looks for ever for the end of what it does not know
 * (`resync` in its matroska/ebml.ts), and indexes would be wrong.
 */
export function webmElements(): FindFrame {
  let within: "nothing" | "file" | "segment" | "cluster" = "nothing";

  const isNeeded = (id: number): boolean => {
    if (id === ebmlHeader) within = "file";
    else if (id === segment && within === "file") within = "segment";
    else if (id === cluster && (within === "segment" || within === "cluster")) within = "cluster";
    else if (within === "segment") return inSegment.includes(id);
    else return within === "cluster" && inCluster.includes(id);
    return true;
  };

  return (buffer) => {
    const header = headerOf(buffer);
    if (typeof header === "string") return header;
    const { id, idBytes, size, dataAt } = header;
    const isParent = id === segment || id === cluster;
    if (!isParent && size === undefined) return "foreign"; // nothing else may be of unknown size
    const length = dataAt + (isParent ? 0 : (size ?? 0));
    if (buffer.byteLength < length) return "incomplete";
    if (!isNeeded(id)) return { length, bytes: new Uint8Array(), begins: false };
    const bytes = isParent
      ? Buffer.concat([buffer.subarray(0, idBytes), Buffer.from(unknownSize)])
      : buffer.subarray(0, length);
    return { length, bytes, begins: id === ebmlHeader };
  };
}

/** The ID of the element that begins here, how many bytes it takes, the size of its data, and where that is. */
function headerOf(buffer: Buffer) {
  if (buffer.byteLength === 0) return "incomplete";
  const idBytes = lengthOf(buffer[0]);
  if (idBytes > 4) return "foreign";
  if (buffer.byteLength <= idBytes) return "incomplete";
  const sizeBytes = lengthOf(buffer[idBytes]);
  if (sizeBytes > 8) return "foreign";
  const dataAt = idBytes + sizeBytes;
  if (buffer.byteLength < dataAt) return "incomplete";
  const size = sizeIn(buffer.subarray(idBytes, dataAt));
  return { id: buffer.readUIntBE(0, idBytes), idBytes, size, dataAt };
}

/** How many bytes a number takes, from its first one: as many as that has leading zeros, and one. */
function lengthOf(first = 0): number {
  return Math.clz32(first) - 23;
}

/** The number without the bit that marks its length; undefined when it stands for "unknown". */
function sizeIn(number: Buffer): number | undefined {
  const marker = 1n << BigInt(7 * number.byteLength);
  const value = BigInt(`0x${number.toString("hex")}`) & (marker - 1n);
  return value === marker - 1n ? undefined : Number(value);
}
