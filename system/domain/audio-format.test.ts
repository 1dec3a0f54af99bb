import { expect } from "chai";
import { formatOfMediaType, whyNotAudio } from "./audio-format.ts";

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

describe("audio formats", () => {
  it("are told by media types, whatever their parameters", () => {
    expect(formatOfMediaType("audio/webm;codecs=opus")).to.equal("webm");
    expect(formatOfMediaType(" Audio/OGG ; codecs=opus")).to.equal("ogg");
    expect(formatOfMediaType("application/octet-stream")).to.equal("pcm");
    expect(formatOfMediaType("audio/mpeg")).to.equal(null);
  });

  it("are refused when a container's first chunk has not its header; later chunks are pieces of it", () => {
    const webm = latin1("\x1a\x45\xdf\xa3\x9f");
    const ogg = latin1("OggS\0\x02");
    expect(whyNotAudio("webm", 0, webm)).to.equal(null);
    expect(whyNotAudio("ogg", 0, ogg)).to.equal(null);
    expect(whyNotAudio("webm", 0, ogg)).to.equal(
      "the first chunk of audio/webm must begin with WebM's EBML header (1A 45 DF A3)",
    );
    expect(whyNotAudio("ogg", 0, webm)).to.equal(
      'the first chunk of audio/ogg must begin with an Ogg page ("OggS")',
    );
    expect(whyNotAudio("webm", 1, latin1("anything"))).to.equal(null);
  });

  it("take what is something else for no bare samples", () => {
    const others = [
      ...[
        "RIFF\x24\0\0\0WAVEfmt ",
        "\x1a\x45\xdf\xa3",
        "OggS\0\x02",
        "ID3\x04\0",
        "fLaC\0",
        "\0\0\0\x18ftypisom",
      ],
      ...[
        "%PDF-1.7",
        "\x89PNG\r\n",
        "PK\x03\x04",
        "<!DOCTYPE html>",
        "\n<html>",
        "<?xml ",
        '{"error":"x"}',
        "[1, 2]",
      ],
    ];
    for (const other of others) expect(whyNotAudio("pcm", 3, latin1(other)), other).to.be.a("string");
  });

  it("take samples for samples, those too that begin like a word", () => {
    for (const samples of [
      "",
      "\0\0\0\0",
      "RIFF\0\0\0\0\0\0\0\0",
      '{"\x10\xff\x7f',
      "[1, 2",
      "Ogg\0",
      "ID\x03\0",
    ]) {
      expect(whyNotAudio("pcm", 0, latin1(samples)), samples).to.equal(null);
    }
  });
});
