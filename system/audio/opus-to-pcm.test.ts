import { expect } from "chai";
import fc from "fast-check";
import type { Container } from "./files.ts";
import { opusToPcm } from "./opus-to-pcm.ts";
import {
  bestMatch,
  gathered,
  leftOgg,
  piecesOf,
  samplesOf,
  speech,
  speechOgg,
  speechWebm,
} from "./testing.test.ts";
import { UndecodableAudio } from "./undecodable-audio.ts";
import { webmElements } from "./webm-elements.ts";

const decode = (format: Container, bytes: Uint8Array, pieceSize?: number) =>
  gathered(opusToPcm(format, piecesOf(bytes, pieceSize)));

const refusalOf = (format: Container, bytes: Uint8Array) =>
  decode(format, bytes).then(
    () => "it was decoded",
    (error: unknown) => (error instanceof UndecodableAudio ? error.message : error),
  );

/** The loudness of a sound: 1 is full scale. */
const rms = (pcm: Buffer) => {
  const samples = samplesOf(pcm);
  return Math.sqrt(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length);
};

/** The blocks of a WebM file, in place. */
function simpleBlocks(file: Buffer): Buffer[] {
  const findElement = webmElements();
  const blocks: Buffer[] = [];
  for (let rest = file; rest.length > 0; ) {
    const found = findElement(rest);
    if (typeof found === "string") throw new Error(`a ${found} element`);
    if (rest[0] === 0xa3) blocks.push(rest.subarray(0, found.length));
    rest = rest.subarray(found.length);
  }
  return blocks;
}

describe("decoding Opus", () => {
  const { error } = console;
  let fromOgg: Buffer;
  let fromWebm: Buffer;
  before(async () => {
    console.error = () => {}; // there libopus complains of packets, some of which are broken on purpose
    [fromOgg, fromWebm] = await Promise.all([decode("ogg", speechOgg), decode("webm", speechWebm)]);
  });
  after(() => {
    console.error = error;
  });

  it("gives back the speech, in place, from Ogg and from WebM", () => {
    for (const decoded of [fromOgg, fromWebm]) {
      const match = bestMatch(speech, decoded);
      expect(match.correlation).to.be.greaterThan(0.97);
      expect(match.lag).to.equal(0);
    }
  });

  it("is as long as the sound: pre-skip and what Ogg says to trim are left out", () => {
    expect(fromOgg.byteLength).to.equal(speech.byteLength);
    // WebM says so in a way that mediabunny does not pass on: what the last packet holds is all given out.
    expect(fromWebm.byteLength - speech.byteLength).to.be.within(0, 2 * 320);
  });

  it("does not depend on how the stream is split", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30_000 }), async (size) => {
        expect((await decode("webm", speechWebm, size)).equals(fromWebm)).to.equal(true);
        expect((await decode("ogg", speechOgg, size)).equals(fromOgg)).to.equal(true);
      }),
      { numRuns: 8, examples: [[1], [30_000]] },
    );
  });

  it("gives, of a stream that is cut off anywhere, what came before the cut", async () => {
    const sounds = {
      webm: { bytes: speechWebm, whole: fromWebm },
      ogg: { bytes: speechOgg, whole: fromOgg },
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("webm", "ogg"),
        fc.integer({ min: 25, max: 100 }),
        async (format, percent) => {
          const { bytes, whole } = sounds[format];
          const decoded = await decode(format, bytes.subarray(0, (bytes.length * percent) / 100));
          expect(decoded.equals(whole.subarray(0, decoded.length))).to.equal(true);
          // An Ogg page is all or nothing, and holds a second; the bytes are not spread evenly.
          expect(decoded.length).to.be.greaterThan((whole.length * percent) / 100 - 2 * 32_000);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("takes recordings one after another, as of a client that started its recorder again", async () => {
    const twice = await decode("webm", Buffer.concat([speechWebm, speechWebm]));
    expect(twice.equals(Buffer.concat([fromWebm, fromWebm]))).to.equal(true);
    const cutThenWhole = await decode("ogg", Buffer.concat([speechOgg.subarray(0, 12_000), speechOgg])).catch(
      String,
    );
    expect(cutThenWhole).to.match(/UndecodableAudio: at byte \d+ there is no Ogg page/);
  });

  it("mixes stereo to mono, half of each side", async () => {
    const mono = await decode("ogg", leftOgg);
    expect(mono.byteLength).to.equal(32_000);
    expect(rms(mono)).to.be.closeTo(0.5 / Math.SQRT2 / 2, 0.01);
  });

  it("applies the gain that the header asks for", async () => {
    const louder = Buffer.from(leftOgg);
    louder.writeInt16LE(6 * 256, louder.indexOf("OpusHead") + 16); // 6 dB: twice the amplitude
    expect(rms(await decode("ogg", louder)) / rms(await decode("ogg", leftOgg))).to.be.closeTo(2, 0.02);
  });

  it("leaves a packet out that cannot be decoded", async () => {
    const altered = Buffer.from(speechWebm);
    const block = simpleBlocks(altered)[99] ?? Buffer.alloc(0);
    block[6] = 0xff; // after ID, size, track, time and flags: a packet of as many frames as the next byte says
    block[7] = 0x3f; // 63, which is more than there may be
    const decoded = await decode("webm", altered);
    expect(decoded.length).to.equal(fromWebm.length - 2 * 320);
  });

  it("says what is wrong with a stream that cannot be decoded", async () => {
    expect(await refusalOf("webm", new Uint8Array())).to.equal(
      "no sound can be decoded: there are no packets in it",
    );
    expect(await refusalOf("ogg", speechWebm)).to.equal("at byte 0 there is no Ogg page");
    expect(await refusalOf("webm", speechOgg)).to.equal("it is not the beginning of a webm file");
    const flac = Buffer.from(speechWebm);
    flac.write("A_FLAC", flac.indexOf("A_OPUS"));
    expect(await refusalOf("webm", flac)).to.equal("the audio is flac, not Opus");
    const broken = Buffer.from(speechOgg);
    const second = broken.indexOf("OggS", 10_000);
    broken.write("XggS", second);
    expect(await refusalOf("ogg", broken)).to.equal(`at byte ${second} there is no Ogg page`);
    const surround = Buffer.from(speechOgg);
    surround[surround.indexOf("OpusHead") + 18] = 1;
    expect(await refusalOf("ogg", surround)).to.contain("mapping family 1");
  });

  it("fails on an error of the source with that error", async () => {
    const failure = new Error("the disk is gone");
    const failing = async function* () {
      yield speechOgg.subarray(0, 10_000);
      throw failure;
    };
    const reason = await gathered(opusToPcm("ogg", failing())).catch((error: unknown) => error);
    expect(reason).to.equal(failure);
  });

  it("ends, with sound or with a refusal, whatever bytes are altered", async () => {
    const sounds = { webm: speechWebm, ogg: speechOgg };
    const change = fc.record({ at: fc.nat(9_000), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("webm", "ogg"),
        fc.array(change, { minLength: 1, maxLength: 20 }),
        async (format, changes) => {
          const altered = Buffer.from(sounds[format].subarray(0, 9_000));
          for (const { at, to } of changes) altered[at] = to;
          const outcome = await decode(format, altered).catch((error: unknown) => error);
          if (!Buffer.isBuffer(outcome)) expect(outcome).to.be.instanceOf(UndecodableAudio);
        },
      ),
      { numRuns: 60 },
    );
  });
});
