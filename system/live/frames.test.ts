import { FrameImpl } from "@stomp/stompjs";
import { expect } from "chai";
import fc from "fast-check";
import { ConnectionEnd } from "./errors.ts";
import { type Frame, FrameReader, maxHeaderBytes, maxHeaders, writeFrame } from "./frames.ts";

const limit = 1_000;

function read(bytes: string | Uint8Array, reader = new FrameReader(limit)): Frame[] {
  return [...reader.read(typeof bytes === "string" ? Buffer.from(bytes) : bytes)];
}

const refusal = (bytes: string | Uint8Array): ConnectionEnd => {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof ConnectionEnd) return error;
    throw error;
  }
  throw new Error("it was read");
};

describe("frames", () => {
  // What any client may say. Colons, line ends and backslashes travel as escapes; NUL and lone surrogates cannot.
  const text = fc
    .string({ unit: "binary", minLength: 1, maxLength: 20 })
    .filter((s) => !/[\0\uFFFD]/.test(s));
  const name = fc.stringMatching(/^[a-z-]{1,12}$/).filter((s) => s !== "content-length");
  const sent = fc.record({
    command: fc.constantFrom("SEND", "SUBSCRIBE", "DISCONNECT"),
    headers: fc.dictionary(name, text, { noNullPrototype: true }),
    binaryBody: fc.uint8Array({ maxLength: 200 }),
  });

  it("are the same however the bytes are cut, NULs and line ends in bodies included", () => {
    fc.assert(
      fc.property(
        fc.array(sent, { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
        (frames, cuts) => {
          const bytes = Buffer.concat(
            frames.map((frame) => {
              const written = FrameImpl.marshall({ ...frame, escapeHeaderValues: true });
              return Buffer.concat([Buffer.from(written as ArrayBuffer), Buffer.from("\n")]);
            }),
          );
          const reader = new FrameReader(10_000);
          const got: Frame[] = [];
          for (let start = 0; start < bytes.length; ) {
            const length = cuts.next().value ?? 1;
            got.push(...reader.read(bytes.subarray(start, start + length)));
            start += length;
          }
          expect(reader.unfinished).to.equal(false);
          expect(
            got.map(({ command, headers, body }) => {
              const { "content-length": length, ...own } = Object.fromEntries(headers);
              expect(Number(length)).to.equal(body.length);
              return { command, headers: own, binaryBody: Buffer.from(body).toString("hex") };
            }),
          ).to.deep.equal(
            frames.map((frame) => ({ ...frame, binaryBody: Buffer.from(frame.binaryBody).toString("hex") })),
          );
        },
      ),
    );
  });

  it("written for clients are read back the same", () => {
    fc.assert(
      fc.property(fc.dictionary(name, text, { noNullPrototype: true }), text, (headers, body) => {
        const [frame] = read(writeFrame("MESSAGE", headers, body), new FrameReader(10_000));
        const { "content-length": _, ...own } = Object.fromEntries(frame?.headers ?? []);
        expect(own).to.deep.equal(headers);
        expect(Buffer.from(frame?.body ?? []).toString()).to.equal(body);
      }),
    );
  });

  it("never make the reader fail otherwise than by ending the connection", () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .constantFrom("SEND\n", "content-length:", "a:b\n", "\n", "\0", "-1", "99999", "\\", ":")
        .map((s) => Buffer.from(s)),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (chunks) => {
        const reader = new FrameReader(limit);
        try {
          for (const chunk of chunks) for (const _ of reader.read(chunk));
        } catch (error) {
          expect(error).to.be.instanceOf(ConnectionEnd);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keep an escaped backslash before an n apart from a line feed", () => {
    expect(read("SEND\na:\\\\n\n\n\0")[0]?.headers.get("a")).to.equal("\\n");
    expect(read("SEND\na:\\n\\c\\r\n\n\0")[0]?.headers.get("a")).to.equal("\n:\r");
  });

  it("take the first of repeated headers, and CONNECT's as they are", () => {
    expect(read("SEND\na:1\na:2\n\n\0")[0]?.headers.get("a")).to.equal("1");
    expect(read("CONNECT\na:\\t\n\n\0")[0]?.headers.get("a")).to.equal("\\t");
  });

  it("are refused when malformed", () => {
    expect(refusal("SEND\na:\\t\n\n\0").message).to.contain("no escape");
    expect(refusal("SEND\na:b\\\n\n\0").message).to.contain("no escape");
    expect(refusal("SEND\nnocolon\na:b\n\n\0").message).to.contain("no colon");
    expect(refusal("SEND\ncontent-length:0x1\n\n\0").message).to.contain("content-length");
    expect(refusal(Buffer.from("SEND\na:\xff\n\n\0", "latin1")).message).to.contain("UTF-8");
    expect(refusal(`SEND\n${"a:b\n".repeat(maxHeaders + 1)}\n\0`).message).to.contain(String(maxHeaders));
    const huge = `SEND\na:${"b".repeat(maxHeaderBytes)}\n\n\0`;
    expect(() => read(huge, new FrameReader(10 * maxHeaderBytes))).to.throw(ConnectionEnd, "16384 bytes");
  });

  it("are refused when too large, as soon as that shows", () => {
    expect(refusal(`SEND\n\n${"x".repeat(limit + 1)}\0`).code).to.equal(1009);
    expect(refusal(`SEND\ncontent-length:NaN\n\n${"x".repeat(limit)}`).code).to.equal(1009);
    const reader = new FrameReader(limit);
    read("SEND\n\n", reader);
    expect(() => read("x".repeat(limit), reader)).to.throw(ConnectionEnd);
  });
});
