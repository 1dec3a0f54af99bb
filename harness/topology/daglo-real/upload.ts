import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** The body is longer than it may be. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/**
 * Writes a stream to a file. What is too long is read to its end all the same, so that its sender hears the answer.
 * @returns the SHA-256 of its content.
 * @throws TooLarge; whatever ends the stream too early. Then there is no file.
 */
export async function receive(body: Readable, file: string, maxBytes: number): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  const counter = new Transform({
    transform(part: Buffer, _encoding, done) {
      bytes += part.length;
      if (bytes > maxBytes) return done();
      hash.update(part);
      done(null, part);
    },
  });
  try {
    await pipeline(body, counter, createWriteStream(file));
    if (bytes > maxBytes) throw new TooLarge(`the body has ${bytes} bytes; the most is ${maxBytes}`);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return hash.digest("hex");
}
