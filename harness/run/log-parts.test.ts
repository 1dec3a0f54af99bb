import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { LogParts } from "./log-parts.ts";

describe("parts of a log", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "log-parts-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are what it grew by since the last one was taken", async () => {
    const log = join(folder, "kafka-1.log");
    const parts = new LogParts();
    const take = async (name: string) => {
      await parts.copyTo(join(folder, name), [log, join(folder, "never-written.log")]);
      return readFileSync(join(folder, name, "kafka-1.log"), "utf8");
    };
    writeFileSync(log, "of the first run\n");
    expect(await take("first")).to.equal("of the first run\n");
    appendFileSync(log, "of the second\n");
    expect(await take("second")).to.equal("of the second\n");
    expect(await take("third")).to.equal("");
    expect(readdirSync(join(folder, "third"))).to.deep.equal(["kafka-1.log"]);
  });
});
