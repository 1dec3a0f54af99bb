import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { linearizable } from "../checkers/linearizable.ts";
import { readHistory } from "../history/reader.ts";
import { type RegisterHistory, writeRegisterHistory } from "./register-history.ts";

const settings: RegisterHistory = {
  ...{ keys: 3, operationsPerKey: 85, clientsPerKey: 5, infosPerKey: 10 },
  ...{ reads: 0.5, cas: 0.1, values: 5, seed: 1 },
};

describe("the history of registers that the bench checks", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "register-history-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function written(history: RegisterHistory) {
    const path = join(folder, "history.ndjson");
    writeRegisterHistory(path, history);
    const events = await Array.fromAsync(readHistory(path));
    return { events, result: linearizable({ model: "cas-register" }).check(events) };
  }

  it("is right, and has as many operations and infos as it was asked for", async () => {
    const { events, result } = await written(settings);
    expect(result.verdict).to.equal("passed");
    expect(events).to.have.length(2 * 3 * 85);
    expect(events.filter(({ type }) => type === "info")).to.have.length(30);
  });

  it("is wrong in each key when it is to be", async () => {
    const { result } = await written({ ...settings, isWrong: true });
    expect(result.counts).to.include({ nonlinearizable: 3 });
  });
});
