import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Journal } from "./journal.ts";

describe("the journal of posts", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "faultline-journal-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("counts by path and key, over restarts, whatever a crash left at its end", () => {
    const file = join(folder, "journal.ndjson");
    const journal = new Journal(file);
    journal.add({ path: "/a", key: "k1" });
    journal.add({ path: "/a", key: null });
    journal.add({ path: "/b", key: "k1" });
    appendFileSync(file, '{"path":"/a","ke');

    const reopened = new Journal(file);
    reopened.add({ path: "/a", key: "k1" });
    for (const one of [reopened, new Journal(file)]) {
      expect([one.count("/a"), one.count("/a", "k1"), one.count("/b"), one.count("/c")]).to.deep.equal([
        ...[3, 2, 1, 0],
      ]);
    }
  });
});
