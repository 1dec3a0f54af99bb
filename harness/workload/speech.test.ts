import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { UsageError } from "../util/errors.ts";
import { bytesOfMs, chunksPresent, loadSpeech } from "./speech.ts";

const shipped = new URL("../../scenarios/audio/sense-and-sensibility.wav", import.meta.url);
const header = Buffer.alloc(44);

describe("speech", () => {
  it("loads the shipped recording: 7.1 s", () => {
    expect(loadSpeech(shipped).bytes).to.equal(227_200).and.to.equal(bytesOfMs(7_100));
  });

  it("gives chunks whose bytes are found in a file where they were put, and nowhere else", () => {
    const speech = loadSpeech(shipped);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 0 }),
        (place, kept) => {
          const chunks = speech.chunks(place, 6, bytesOfMs(250));
          const file = Buffer.concat([header, ...kept.map((seq) => chunks[seq] ?? header)]);
          expect(chunksPresent(file, chunks)).to.deep.equal(kept);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("lists a chunk twice that is in the file twice, and not one that is changed", () => {
    const [a, b] = loadSpeech(shipped).chunks(0.3, 2, 1_000);
    if (!a || !b) throw new Error("no chunks");
    expect(chunksPresent(Buffer.concat([header, a, b, a]), [a, b])).to.deep.equal([0, 1, 0]);
    const changed = Buffer.from(a);
    changed.writeUInt8(changed.readUInt8(500) ^ 1, 500);
    expect(chunksPresent(Buffer.concat([header, changed, b]), [a, b])).to.deep.equal([1]);
  });

  it("refuses what is not 16 kHz mono 16-bit PCM, naming the file", () => {
    const folder = mkdtempSync(join(tmpdir(), "speech-"));
    const file = join(folder, "odd.wav");
    for (const content of [
      "",
      "RIFF",
      "RIFF....WAVEfmt \x01\0\0\0",
      "no audio at all, but long enough for a header",
    ]) {
      writeFileSync(file, content);
      expect(() => loadSpeech(file)).to.throw(UsageError, file);
    }
    rmSync(folder, { recursive: true });
  });
});
