import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { LastRun, readLastFailed } from "./last-run.ts";

describe("what failed last", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "last-run-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is known after each run, in a folder that need not be there yet", () => {
    const reports = join(folder, "reports");
    const lastRun = new LastRun(reports, ["a", "b"]);
    lastRun.note("a", true);
    expect([...readLastFailed(reports)]).to.deep.equal(["a"]);
    lastRun.note("b", false);
    expect([...readLastFailed(reports)]).to.deep.equal(["a"]);
  });

  it("keeps what an interrupted run did not come to, and drops what it was not to run", () => {
    const first = new LastRun(folder, ["a", "b", "c"]);
    for (const file of ["a", "b", "c"]) first.note(file, true);
    const second = new LastRun(folder, ["a", "b"]);
    second.note("a", false); // and then the power fails
    expect([...readLastFailed(folder)]).to.deep.equal(["b"]);
  });

  it("is a scenario of which one repetition failed, whatever the others did", () => {
    const lastRun = new LastRun(folder, ["a", "a", "a"]);
    for (const failed of [false, true, false]) lastRun.note("a", failed);
    expect([...readLastFailed(folder)]).to.deep.equal(["a"]);
  });

  it("is asked of a folder that knows nothing, or of a broken file: usage errors", () => {
    expect(() => readLastFailed(folder)).to.throw(UsageError, "no last run is known");
    writeFileSync(join(folder, ".last-run.json"), '{"failed": 1}');
    expect(() => readLastFailed(folder)).to.throw(UsageError, "cannot be read");
  });
});
