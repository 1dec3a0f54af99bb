import { expect } from "chai";
import fc from "fast-check";
import { FrameReader, writeFrame } from "../../system/live/frames.ts";
import { encodeFrame, FrameDecoder, negotiateHeartBeats } from "./stomp.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);
const decode = (frame: string) => new FrameDecoder().decode(frame);
/** As the service reads it. */
const served = (frame: Uint8Array) => [...new FrameReader(1_000_000).read(frame)];

const headerText = fc.string({ unit: fc.constantFrom("a", " ", ":", "\\", "\n", "\r", "ü", "c", "n") });

describe("a STOMP frame that is sent", () => {
  it("is written as the standard has it", () => {
    expect(text(encodeFrame("SEND", { destination: "/app/stt/start" }))).to.equal(
      "SEND\ndestination:/app/stt/start\n\n\0",
    );
    expect(text(encodeFrame("SEND", { "a:b": "c\\d\ne\rf" }, bytes("x")))).to.equal(
      "SEND\na\\cb:c\\\\d\\ne\\rf\ncontent-length:1\n\nx\0",
    );
  });

  it("escapes nothing in CONNECT", () => {
    expect(text(encodeFrame("CONNECT", { host: "a:b" }))).to.equal("CONNECT\nhost:a:b\n\n\0");
  });

  it("is read by the service as it was meant, whatever is in it", () => {
    fc.assert(
      fc.property(headerText, fc.uint8Array({ maxLength: 50 }), (value, body) => {
        const [frame, ...others] = served(encodeFrame("SEND", { destination: "/app", value }, body));
        expect(others).to.deep.equal([]);
        expect(frame?.headers.get("value")).to.equal(value);
        expect([...(frame?.body ?? [])]).to.deep.equal([...body]);
      }),
    );
  });
});

describe("STOMP frames that are received", () => {
  it("are those the service wrote, however they were cut on their way", () => {
    fc.assert(
      fc.property(
        fc.array(headerText, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 20 }),
        (values, size) => {
          const stream = bytes(
            values.map((value) => `\n${writeFrame("MESSAGE", { value }, value)}\r\n`).join(""),
          );
          const decoder = new FrameDecoder();
          const frames = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
            decoder.decode(stream.slice(index * size, (index + 1) * size).buffer),
          ).flat();
          expect(frames.map(({ headers }) => headers.value)).to.deep.equal(values);
          expect(frames.map(({ body }) => text(body))).to.deep.equal(values);
        },
      ),
    );
  });

  it("may hold NULs when they tell their length", () => {
    const [frame] = decode("MESSAGE\ncontent-length:3\n\na\0b\0");
    expect(text(frame?.body ?? bytes(""))).to.equal("a\0b");
  });

  it("keep the blanks of their headers, and the first of a repeated one", () => {
    const [frame] = decode("ERROR\nmessage:too bad \nmessage:other\n\n\0");
    expect(frame?.headers).to.deep.equal({ message: "too bad " });
  });

  it("are told from heart-beats", () => {
    expect(decode("\n")).to.deep.equal([]);
    expect(decode("\n\r\nRECEIPT\r\nreceipt-id:1\r\n\r\n\0\n").map(({ command }) => command)).to.deep.equal([
      "RECEIPT",
    ]);
  });

  it("are waited for until they have ended", () => {
    expect(decode("RECEIPT\nreceipt-id:1\n\n")).to.deep.equal([]);
    expect(decode("RECEIPT\nreceipt-id:1\n")).to.deep.equal([]);
    expect(decode("MESSAGE\ncontent-length:5\n\nab")).to.deep.equal([]);
  });

  for (const [what, frame] of [
    ["a header line without a colon", "MESSAGE\nnonsense\n\n\0"],
    ["a length that is none", "MESSAGE\ncontent-length:two\n\nab\0"],
    ["a wrong length", "MESSAGE\ncontent-length:1\n\nab\0"],
    ["an escape that is none", "MESSAGE\na:\\t\n\n\0"],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(() => decode(frame)).to.throw("STOMP: ");
    });
  }
});

describe("heart-beats", () => {
  it("go each way at the slower of what one can and the other wants", () => {
    expect(negotiateHeartBeats("10000,10000", 5_000)).to.deep.equal({
      outgoingMs: 10_000,
      incomingMs: 10_000,
    });
    expect(negotiateHeartBeats("1000,20000", 5_000)).to.deep.equal({ outgoingMs: 20_000, incomingMs: 5_000 });
  });

  it("do not go where one side does not want them", () => {
    expect(negotiateHeartBeats("0,10000", 5_000)).to.deep.equal({ outgoingMs: 10_000, incomingMs: 0 });
    expect(negotiateHeartBeats(undefined, 5_000)).to.deep.equal({ outgoingMs: 0, incomingMs: 0 });
    expect(negotiateHeartBeats("10000,10000", 0)).to.deep.equal({ outgoingMs: 0, incomingMs: 0 });
  });
});
