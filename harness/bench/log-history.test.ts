import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { log } from "../checkers/log.ts";
import { checkFile } from "../run/check-file.ts";
import { writeLogHistory } from "./log-history.ts";

describe("the history of the log benchmark", () => {
  it("is one that passes, final reads and all", async () => {
    const folder = mkdtempSync(join(tmpdir(), "log-history-"));
    try {
      const path = join(folder, "log.ndjson");
      await writeLogHistory(path, 20_000);
      const { result } = await checkFile(path, log());
      expect(result.verdict, result.reason).to.equal("passed");
      expect(result.counts.sends).to.be.greaterThan(8_000);
      expect(result.counts).to.include({
        acknowledged: result.counts.sends,
        redelivered: result.counts.sends,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
