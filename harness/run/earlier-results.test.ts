import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";
import type { Verdict } from "../checkers/verdict.ts";
import { fixtureRecord } from "../report/testing/fixture.ts";
import { earlierResults } from "./earlier-results.ts";
import { fakeRun } from "./testing/fake-suite.ts";

const file = "scenarios/mutants/no-outbox.scenario.ts";

describe("earlier results in a reports folder", () => {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "earlier-results-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  function store(folder: string, of: string, seed: number, changes: object): void {
    mkdirSync(join(reports, folder));
    const scenario = { file: of, title: "nothing is lost" };
    const record = { ...fixtureRecord("failed", []), scenario, seed, ...changes };
    writeFileSync(join(reports, folder, "run.json"), JSON.stringify(record));
  }
  const verdict = (one: Verdict | "errored") => ({ verdict: one });

  it("are the latest of the same scenario and seed that decided something", async () => {
    store("20260101-000000-no-outbox", file, 1, verdict("passed"));
    store("20260102-000000-no-outbox", file, 1, verdict("failed"));
    store("20260103-000000-no-outbox", file, 1, verdict("inconclusive"));
    store("20260104-000000-no-outbox", file, 1, { ...verdict("failed"), endedBy: "interrupted" });
    store("20260105-000000-no-outbox", file, 2, verdict("errored"));
    store("20260106-000000-no-outbox", "scenarios/ha/no-outbox.scenario.ts", 2, verdict("failed"));
    mkdirSync(join(reports, "20260107-000000-no-outbox")); // under way
    const [first, second, third] = [1, 2, 3].map((seed) => fakeRun(file, {}, seed));
    if (!first || !second || !third) throw new Error("three runs are planned");
    const found = await earlierResults([first, second, third], reports);
    expect([...found.keys()]).to.deep.equal([first]);
    expect(basename(found.get(first)?.folder ?? "")).to.equal("20260102-000000-no-outbox");
    expect(found.get(first)?.record.verdict).to.equal("failed");
  });

  it("are none where there is no folder", async () => {
    expect((await earlierResults([fakeRun(file)], join(reports, "not-there"))).size).to.equal(0);
  });
});
