import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { expectedTimes, scheduledMs } from "./expected-time.ts";
import { fakeRun } from "./testing/fake-suite.ts";

describe("the time a run is expected to take", () => {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "expected-time-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  function store(folder: string, file: string, durationMs: number, endedBy?: string): void {
    mkdirSync(join(reports, folder));
    writeFileSync(
      join(reports, folder, "run.json"),
      JSON.stringify({ scenario: { file }, durationMs, ...(endedBy === undefined ? {} : { endedBy }) }),
    );
  }

  const run = fakeRun("scenarios/lock/exclusive.scenario.ts");

  it("is that of its schedule, and less on a topology that is there already", async () => {
    const [first, second, third] = await expectedTimes(
      [run, fakeRun("b/b.scenario.ts"), fakeRun("c/c.scenario.ts", { key: "c" })],
      join(reports, "not-there"),
    );
    expect(first).to.deep.equal({ ms: scheduledMs(run.scenario, false), earlierRuns: 0 });
    expect(second?.ms).to.be.below(first?.ms ?? 0);
    expect(third).to.deep.equal(first);
  });

  it("grows with the last fault's end and with how long recovery must hold", () => {
    const longer = { ...run.scenario, steadyForMs: 9_000 };
    expect(scheduledMs(longer, false) - scheduledMs(run.scenario, false)).to.equal(9_000);
  });

  it("is the median of the latest three earlier runs of the same file that came to their end", async () => {
    store("20260101-000000-exclusive", run.file, 99_000);
    store("20260102-000000-exclusive", run.file, 10_000);
    store("20260103-000000-exclusive-2", run.file, 20_000);
    store("20260104-000000-exclusive", run.file, 30_000);
    store("20260105-000000-exclusive", run.file, 1, "interrupted");
    store("20260106-000000-exclusive", "elsewhere/exclusive.scenario.ts", 2);
    store("20260107-000000-exclusive-10", "scenarios/lock/exclusive-10.scenario.ts", 3);
    mkdirSync(join(reports, "20260108-000000-exclusive")); // under way
    expect(await expectedTimes([run], reports)).to.deep.equal([{ ms: 20_000, earlierRuns: 3 }]);
  });
});
