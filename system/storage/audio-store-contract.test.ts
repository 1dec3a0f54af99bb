// Not a suite itself: what the suites of both stores have in common. Named like a test because it uses chai.
import { expect } from "chai";
import fc from "fast-check";
import { ulid } from "ulid";
import { AudioCorrupted, type AudioStore, sha256Of } from "./audio-store.ts";

/** Bytes under a sequence number, as they are put and as they are expected. */
const chunkOf = (seq: number, bytes: Uint8Array) => ({
  seq,
  content: bytes,
  bytes: bytes.byteLength,
  sha256: sha256Of(bytes),
});

const text = (seq: number, content: string) => chunkOf(seq, Buffer.from(content));

/** Different at each place, so that nothing can be swapped unnoticed. */
function noise(bytes: number): Uint8Array {
  const content = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0, state = 1; i < content.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content[i] = state;
  }
  return new Uint8Array(content.buffer, 0, bytes);
}

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

export const rejectionOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error("it did not reject"),
    (reason: unknown) => reason,
  );

/**
 * What every audio store promises.
 * @param open called in a hook; gives the store and the names of what lies in it for a recording.
 */
export function keepsTheContract(open: () => { store: AudioStore; list: (id: string) => Promise<string[]> }) {
  let store: AudioStore;
  let list: (id: string) => Promise<string[]>;
  let id: string;
  beforeEach(() => {
    ({ store, list } = open());
    id = ulid();
  });

  type Chunk = ReturnType<typeof chunkOf>;
  const put = ({ seq, content, sha256 }: Chunk) => store.putChunk(id, seq, content, sha256);
  const read = async (...chunks: Chunk[]) => {
    const all: Uint8Array[] = [];
    for await (const bytes of store.readChunks(id, chunks)) all.push(bytes);
    return Buffer.concat(all);
  };
  const wav = async () => {
    const { bytes, stream } = await store.openWav(id);
    const content = Buffer.concat(await stream.toArray());
    expect(content.byteLength).to.equal(bytes);
    return content;
  };

  it("finds itself fit for use, again and again", async () => {
    await store.check();
    await store.check();
  });

  it("keeps the first bytes of a sequence number", async () => {
    expect(await put(text(0, "ab"))).to.equal("stored");
    expect(await put(text(0, "ab"))).to.equal("same");
    expect(await put(text(0, "xy"))).to.equal("different");
    expect((await read(text(0, "ab"))).toString()).to.equal("ab");
  });

  it("keeps an empty chunk", async () => {
    expect(await put(text(0, ""))).to.equal("stored");
    expect(await put(text(0, ""))).to.equal("same");
    expect(await read(text(0, ""))).to.have.length(0);
  });

  it("lets one of ten writers at once win, and has nothing else afterwards", async () => {
    const contents = Array.from({ length: 10 }, (_, n) => text(3, `w${n}`));
    const outcomes = await Promise.all(contents.map(put));
    const winner = outcomes.indexOf("stored");
    expect(outcomes.filter((outcome) => outcome === "stored")).to.have.length(1);
    expect(outcomes.filter((outcome) => outcome === "different")).to.have.length(9);
    expect((await read(text(3, `w${winner}`))).toString()).to.equal(`w${winner}`);
    expect(await list(id)).to.deep.equal(["chunks/00000003"]);
  });

  it("tells of chunks that are gone or altered, by number", async () => {
    await put(text(0, "aabb"));
    const gone = await rejectionOf(read(text(0, "aabb"), text(1, "cc")));
    expect(gone)
      .to.be.instanceOf(AudioCorrupted)
      .with.property("message", `chunk 1 of ${id} was acknowledged and is gone`);
    const altered = await rejectionOf(read(text(0, "xxbb")));
    expect(altered)
      .to.be.instanceOf(AudioCorrupted)
      .with.property("message")
      .that.contains(`chunk 0 of ${id} has 4 bytes`);
  });

  it("writes a WAV of the samples, and replaces it", async () => {
    expect(await store.writeWav(id, piecesOf(Buffer.from("aabbcc"), 4))).to.deep.equal({ bytes: 50 });
    const first = await wav();
    expect(first.toString("latin1", 44)).to.equal("aabbcc");
    expect(first.readUInt32LE(40)).to.equal(6);
    await store.writeWav(id, piecesOf(Buffer.from("aabbcc"), 2));
    expect(await wav()).to.deep.equal(first);
    await store.writeWav(id, piecesOf(Buffer.from("dd"), 2));
    expect((await wav()).toString("latin1", 44)).to.equal("dd");
    expect(await list(id)).to.deep.equal(["recording.wav"]);
  });

  it("writes the WAV of an empty recording", async () => {
    expect(await store.writeWav(id, piecesOf(Buffer.alloc(0), 1))).to.deep.equal({ bytes: 44 });
    expect((await wav()).readUInt32LE(40)).to.equal(0);
  });

  it("writes a WAV of many MiB, from pieces of any size", async () => {
    const samples = noise(12 * 1024 * 1024 + 2);
    expect(await store.writeWav(id, piecesOf(samples, 1_000_003))).to.deep.equal({
      bytes: samples.length + 44,
    });
    const written = await wav();
    expect(written.readUInt32LE(40)).to.equal(samples.length);
    expect(sha256Of(written.subarray(44))).to.equal(sha256Of(samples));
  });

  it("leaves the WAV as it was when the samples fail, and passes their error on", async () => {
    const failure = new AudioCorrupted("chunk 7 is gone");
    const failing = async function* () {
      yield noise(6 * 1024 * 1024);
      throw failure;
    };
    expect(await rejectionOf(store.writeWav(id, failing()))).to.equal(failure);
    expect(await rejectionOf(store.openWav(id))).to.be.instanceOf(AudioCorrupted);
    await store.writeWav(id, piecesOf(Buffer.from("aa"), 2));
    expect(await rejectionOf(store.writeWav(id, failing()))).to.equal(failure);
    expect((await wav()).toString("latin1", 44)).to.equal("aa");
    expect(await list(id)).to.deep.equal(["recording.wav"]);
  });

  it("gives the same WAV, however a sound is split, in whatever order the chunks come, however often", async () => {
    const sound = fc
      .uint8Array({ minLength: 2, maxLength: 400 })
      .map((bytes) => bytes.subarray(0, bytes.length & ~1));
    const cuts = fc.uniqueArray(fc.nat(200), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sound, cuts, fc.infiniteStream(fc.nat()), async (samples, at, random) => {
        id = ulid();
        const places = [
          0,
          ...at.map((cut) => 2 * cut).filter((cut) => cut > 0 && cut < samples.length),
          samples.length,
        ];
        const edges = places.toSorted((a, b) => a - b);
        const chunks = edges.slice(1).map((end, seq) => chunkOf(seq, samples.subarray(edges[seq], end)));
        const arrivals = [...chunks, ...chunks]
          .map((chunk) => ({ chunk, key: random.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key);
        for (const { chunk } of arrivals) await put(chunk);
        await store.writeWav(id, store.readChunks(id, chunks));
        expect(new Uint8Array((await wav()).subarray(44))).to.deep.equal(samples);
      }),
      { numRuns: 25 },
    );
  });
}
