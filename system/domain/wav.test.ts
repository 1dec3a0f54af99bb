import { expect } from "chai";
import { WavTooLong, wavHeader } from "./wav.ts";

describe("the WAV header", () => {
  it("is refused to more samples than it can count", () => {
    expect(wavHeader(2 ** 32 - 46)).to.have.length(44);
    expect(() => wavHeader(2 ** 32 - 44)).to.throw(WavTooLong, "4294967252 bytes");
  });

  it("describes 16 kHz mono 16-bit PCM of the given size", () => {
    const header = Buffer.from(wavHeader(32_000));
    expect(header).to.have.length(44);
    expect(header.toString("latin1", 0, 4)).to.equal("RIFF");
    expect(header.readUInt32LE(4)).to.equal(32_036);
    expect(header.toString("latin1", 8, 16)).to.equal("WAVEfmt ");
    expect(header.readUInt16LE(20)).to.equal(1);
    expect(header.readUInt16LE(22)).to.equal(1);
    expect(header.readUInt32LE(24)).to.equal(16_000);
    expect(header.readUInt32LE(28)).to.equal(32_000);
    expect(header.readUInt16LE(34)).to.equal(16);
    expect(header.toString("latin1", 36, 40)).to.equal("data");
    expect(header.readUInt32LE(40)).to.equal(32_000);
  });
});
