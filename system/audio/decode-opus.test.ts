import { expect } from "chai";
import { decodeOpus } from "./decode-opus.ts";
import { opusToPcm } from "./opus-to-pcm.ts";
import { gathered, piecesOf, speechOgg, speechWebm } from "./testing.test.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";

const rejectionOf = (work: Promise<unknown>) => work.catch((error: unknown) => error);

describe("decoding in a thread of its own", () => {
  it("gives the same samples", async () => {
    const there = await gathered(decodeOpus("webm", piecesOf(speechWebm)));
    expect(there.equals(await gathered(opusToPcm("webm", piecesOf(speechWebm))))).to.equal(true);
  });

  it("passes on what is wrong with the audio, and errors of its source as they are", async () => {
    const refusal = await rejectionOf(gathered(decodeOpus("webm", piecesOf(speechOgg))));
    expect(refusal).to.be.instanceOf(UndecodableAudio);
    expect(refusal).to.have.property("message", "it is not the beginning of a webm file");

    const failure = new Error("the disk is gone");
    const failing = async function* () {
      yield speechOgg.subarray(0, 10_000);
      throw failure;
    };
    expect(await rejectionOf(gathered(decodeOpus("ogg", failing())))).to.equal(failure);
  });

  it("gives up when it works and works and no samples come", async () => {
    const nothing = Buffer.from("ec80".repeat(16_000), "hex"); // elements that say nothing, and are left out
    const endless = async function* () {
      yield speechWebm.subarray(0, 36); // a header
      for (;;) yield nothing;
    };
    const refusal = await rejectionOf(gathered(decodeOpus("webm", endless(), 1_000)));
    expect(refusal)
      .to.be.instanceOf(UndecodableAudio)
      .with.property("message")
      .that.contains("in 1000 ms of work");
  });

  it("ends its thread, and lets its source go, when nobody wants more", async () => {
    let released = false;
    const source = async function* () {
      try {
        for (;;) yield* piecesOf(speechOgg);
      } finally {
        released = true;
      }
    };
    for await (const samples of decodeOpus("ogg", source())) {
      expect(samples.byteLength).to.be.greaterThan(0);
      break;
    }
    expect(released).to.equal(true);
  });
});
