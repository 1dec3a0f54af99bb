import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AudioStoreUnavailable, sha256Of } from "./audio-store.ts";
import { keepsTheContract, rejectionOf } from "./audio-store-contract.test.ts";
import { DirectoryAudioStore } from "./directory-audio-store.ts";

describe("the directory audio store", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "audio-"));
  });
  after(() => rm(root, { recursive: true }));

  /** The files of a recording, temporary ones too. */
  async function list(id: string): Promise<string[]> {
    const entries = await readdir(join(root, id), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, id).length + 1))
      .toSorted();
  }

  keepsTheContract(() => ({ store: new DirectoryAudioStore(root), list }));

  it("says which file the operating system refused, and why", async () => {
    const file = join(root, "a-file");
    await writeFile(file, "");
    const store = new DirectoryAudioStore(file);
    const bytes = Buffer.from("ab");
    const refusals = await Promise.all(
      [
        store.check(),
        store.putChunk("r1", 0, bytes, sha256Of(bytes)),
        store.readChunks("r1", [{ seq: 0, bytes: 2, sha256: "" }]).next(),
        store.writeWav("r1", store.readChunks("r1", [])),
        store.openWav("r1"),
      ].map(rejectionOf),
    );
    for (const refusal of refusals) {
      expect(refusal).to.be.instanceOf(AudioStoreUnavailable);
      expect(refusal)
        .to.have.property("message")
        .that.matches(/^the audio store failed to .*a-file.*(ENOTDIR|EEXIST)/);
    }
  });
});
