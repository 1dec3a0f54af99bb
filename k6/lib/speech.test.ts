import { readFileSync } from "node:fs";
import { expect } from "chai";
import { loadSpeech } from "../../harness/workload/speech.ts";
import { chunksOf, samplesOf } from "./speech.ts";

const file = new URL("../../scenarios/audio/sense-and-sensibility.wav", import.meta.url);
const wav = () => Uint8Array.from(readFileSync(file));

describe("the speech", () => {
  it("is the file's samples", () => {
    expect(samplesOf(wav().buffer).length).to.equal(227_200);
  });

  it("is cut as the harness cuts it, at any place", () => {
    const samples = samplesOf(wav().buffer);
    const speech = loadSpeech(file);
    for (const place of [0, 0.3, 0.999]) {
      const ours = chunksOf(samples, place, 6, 250).map((chunk) => Buffer.from(chunk));
      expect(ours, `at ${place}`).to.deep.equal(speech.chunks(place, 6, 8_000));
    }
  });

  it("begins anew as often as a chunk needs", () => {
    const [chunk] = chunksOf(Uint8Array.of(1, 2, 3, 4), 0.5, 1, 1);
    expect([...(chunk ?? [])]).to.deep.equal(Array.from({ length: 32 }, (_, index) => ((index + 2) % 4) + 1));
  });

  it("is refused when it is of another kind, or none", () => {
    const stereo = wav();
    new DataView(stereo.buffer).setUint16(22, 2, true);
    expect(() => samplesOf(stereo.buffer)).to.throw("16 kHz mono 16-bit PCM");
    expect(() => samplesOf(Uint8Array.from(Buffer.from("no WAV file at all")).buffer)).to.throw(
      "16 kHz mono",
    );
    expect(() => samplesOf(new ArrayBuffer(0))).to.throw("16 kHz mono");
  });
});
