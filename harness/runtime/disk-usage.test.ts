import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { diskUsage } from "./disk-usage.ts";

describe("the disk that a folder takes", () => {
  it("is that of all files below it, of sparse ones what is written; of no folder, nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "disk-usage-"));
    try {
      await mkdir(join(folder, "a", "b"), { recursive: true });
      await writeFile(join(folder, "a", "b", "file"), Buffer.alloc(1 << 20, 1));
      const one = await diskUsage(folder);
      expect(one).to.be.within(1 << 20, (1 << 20) + 65_536);
      const sparse = await open(join(folder, "sparse"), "w");
      await sparse.truncate(1 << 30);
      await sparse.close();
      expect(await diskUsage(folder)).to.be.lessThan(one + 65_536);
      expect(await diskUsage(join(folder, "none"))).to.equal(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
