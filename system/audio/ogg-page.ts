import type { FindFrame } from "./frame.ts";

// RFC 3533, section 6.
const headerBytes = 27;
const flagsAt = 5;
const firstPageFlag = 2;
const segmentCountAt = 26;

/** Finds an Ogg page. */
export const findPage: FindFrame = (buffer) => {
  if (!"OggS\0".startsWith(buffer.toString("latin1", 0, 5))) return "foreign";
  const segments = buffer[segmentCountAt];
  if (segments === undefined || buffer.byteLength < headerBytes + segments) return "incomplete";
  const lacing = buffer.subarray(headerBytes, headerBytes + segments);
  const length = lacing.reduce((sum, value) => sum + value, headerBytes + segments);
  if (buffer.byteLength < length) return "incomplete";
  return {
    length,
    bytes: buffer.subarray(0, length),
    begins: ((buffer[flagsAt] ?? 0) & firstPageFlag) !== 0,
  };
};
