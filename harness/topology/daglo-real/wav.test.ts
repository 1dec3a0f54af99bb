import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { wavOf } from "./testing/audio.ts";
import { type AudioFault, UnusableAudio, Wav } from "./wav.ts";

describe("a WAV file", () => {
  const samples = Int16Array.of(0, 16_384, -32_768, 32_767, 1);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "faultline-wav-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function open(content: Buffer): Promise<Wav> {
    const path = join(folder, "a.wav");
    await writeFile(path, content);
    return Wav.open(path);
  }
  async function faultOf(content: Buffer): Promise<AudioFault> {
    const error = await open(content).catch((reason: unknown) => reason);
    if (!(error instanceof UnusableAudio)) throw new Error(`expected UnusableAudio, got ${error}`);
    return error.fault;
  }

  it("gives any of its samples, within -1..1", async () => {
    await using wav = await open(wavOf(samples));
    expect(wav.samples).to.equal(5);
    expect([...(await wav.read(1, 3))]).to.deep.equal([0.5, -1]);
    expect([...(await wav.read(4, 5))]).to.deep.equal([1 / 32_768]);
  });

  it("may have other blocks before its samples, of odd length even", async () => {
    const plain = wavOf(samples);
    const other = Buffer.concat([Buffer.from("LIST\x03\0\0\0", "latin1"), Buffer.from("abc\0")]);
    await using wav = await open(Buffer.concat([plain.subarray(0, 36), other, plain.subarray(36)]));
    expect([...(await wav.read(1, 2))]).to.deep.equal([0.5]);
  });

  const wrong: [string, Buffer, AudioFault][] = [
    ["of no bytes", Buffer.alloc(0), "not-a-wav"],
    ["that is something else", Buffer.from("OggS and a lot more of Ogg"), "not-a-wav"],
    [
      "without a format",
      Buffer.concat([wavOf(samples).subarray(0, 12), wavOf(samples).subarray(36)]),
      "not-a-wav",
    ],
    ["at 8 kHz", wavOf(samples, { rate: 8_000 }), "unsupported-audio"],
    ["in stereo", wavOf(samples, { channels: 2 }), "unsupported-audio"],
    ["with 8 bits", wavOf(samples, { bits: 8 }), "unsupported-audio"],
    ["of floating point numbers", wavOf(samples, { encoding: 3 }), "unsupported-audio"],
    ["that ends within its header", wavOf(samples).subarray(0, 30), "truncated-audio"],
    ["that ends before its samples", wavOf(samples).subarray(0, 36), "truncated-audio"],
    ["shorter than it says", wavOf(samples).subarray(0, -2), "truncated-audio"],
    [
      "with half a sample",
      Buffer.concat([wavOf(samples, { bytes: 11 }), Buffer.alloc(1)]),
      "truncated-audio",
    ],
    ["without a sample", wavOf(new Int16Array()), "empty-audio"],
  ];
  for (const [what, content, fault] of wrong) {
    it(`${what} is refused: ${fault}`, async () => {
      expect(await faultOf(content)).to.equal(fault);
    });
  }

  it("that becomes shorter while it is read does not give zeros", async () => {
    await using wav = await open(wavOf(samples));
    await writeFile(join(folder, "a.wav"), wavOf(samples).subarray(0, 48));
    const error = await wav.read(0, 5).catch((reason: unknown) => reason);
    expect(String(error)).to.contain("was cut off at byte 48");
  });
});
