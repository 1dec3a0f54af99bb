import { expect } from "chai";
import fc from "fast-check";
import { LONGEST, splitSpeech } from "./split.ts";
import { SAMPLE_RATE } from "./wav.ts";

describe("cutting speech into pieces", () => {
  it("loses nothing, keeps the order, and makes no piece too long or empty", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * LONGEST }), fc.integer(), (length, seed) => {
        const speech = Float32Array.from({ length }, (_, index) => Math.sin(index * (1 + (seed % 7))));
        const pieces = splitSpeech(speech);
        for (const piece of pieces) expect(piece.length).to.be.within(1, LONGEST);
        // Each piece is a view of the whole, beginning where the one before ended.
        let end = 0;
        for (const piece of pieces) {
          expect(piece.buffer).to.equal(speech.buffer);
          expect(piece.byteOffset).to.equal(end * Float32Array.BYTES_PER_ELEMENT);
          end += piece.length;
        }
        expect(end).to.equal(length);
      }),
      { numRuns: 20 },
    );
  });

  it("cuts where it is quiet", () => {
    const speech = new Float32Array(12 * SAMPLE_RATE).fill(0.5);
    speech.fill(0.001, 7 * SAMPLE_RATE, 7.1 * SAMPLE_RATE);
    const [first] = splitSpeech(speech);
    expect(first?.length).to.be.within(7 * SAMPLE_RATE, 7.1 * SAMPLE_RATE);
  });

  it("leaves what is short enough as it is", () => {
    expect(splitSpeech(new Float32Array(LONGEST))).to.have.length(1);
  });
});
