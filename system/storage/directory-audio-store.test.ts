import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AudioCorrupted } from "./audio-store.ts";
import { DirectoryAudioStore, sha256Of } from "./directory-audio-store.ts";

describe("the directory audio store", () => {
  let root: string;
  let store: DirectoryAudioStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "audio-"));
    store = new DirectoryAudioStore(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  const put = (seq: number, text: string) =>
    store.putChunk("r1", seq, Buffer.from(text), sha256Of(Buffer.from(text)));
  const expected = (seq: number, text: string) => ({
    seq,
    bytes: text.length,
    sha256: sha256Of(Buffer.from(text)),
  });

  it("keeps the first bytes of a sequence number", async () => {
    expect(await put(0, "ab")).to.equal("stored");
    expect(await put(0, "ab")).to.equal("same");
    expect(await put(0, "xy")).to.equal("different");
    expect(await readFile(join(root, "r1/chunks/00000000.pcm"), "utf8")).to.equal("ab");
  });

  it("lets one of many concurrent writers win and leaves no temporary file", async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => put(3, `w${i}`)));
    expect(outcomes.filter((outcome) => outcome === "stored")).to.have.length(1);
    expect(await readdir(join(root, "r1/chunks"))).to.deep.equal(["00000003.pcm"]);
  });

  it("assembles the same WAV each time", async () => {
    await put(0, "aabb");
    await put(1, "cc");
    const chunks = [expected(0, "aabb"), expected(1, "cc")];
    expect(await store.assembleWav("r1", chunks)).to.deep.equal({ bytes: 50 });
    const first = await readFile(join(root, "r1/recording.wav"));
    await store.assembleWav("r1", chunks);
    expect(await readFile(join(root, "r1/recording.wav"))).to.deep.equal(first);
    expect(first.toString("latin1", 44)).to.equal("aabbcc");
    const { bytes, stream } = await store.openWav("r1");
    expect(bytes).to.equal(50);
    expect(Buffer.concat(await stream.toArray())).to.deep.equal(first);
  });

  it("refuses to assemble what was not acknowledged", async () => {
    await put(0, "aabb");
    const failure = async (chunks: ReturnType<typeof expected>[]) =>
      store.assembleWav("r1", chunks).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await failure([expected(0, "aabb"), expected(1, "cc")])).to.be.instanceOf(AudioCorrupted);
    await writeFile(join(root, "r1/chunks/00000000.pcm"), "aab");
    expect(await failure([expected(0, "aabb")])).to.be.instanceOf(AudioCorrupted);
    expect(await readdir(join(root, "r1"))).to.deep.equal(["chunks"]);
  });
});
