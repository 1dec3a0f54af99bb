import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import type { Verdict } from "../checkers/verdict.ts";
import { readLastFailed } from "./last-run.ts";
import type { runScenario } from "./runner.ts";
import { runSuite, type SuiteEvent, type SuiteOptions } from "./suite.ts";
import type { PlannedRun } from "./suite-select.ts";
import { fakeResult, fakeRun } from "./testing/fake-suite.ts";

describe("a suite", () => {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "suite-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  /** Runs that end as the first letter of their name says. */
  const verdicts: Readonly<Record<string, Verdict>> = { p: "passed", f: "failed", i: "inconclusive" };
  const asNamed: typeof runScenario = async (loaded, options) => {
    const verdict = verdicts[loaded.scenario.title.charAt(0)];
    if (verdict === undefined) throw new Error("no space left on device");
    return fakeResult(loaded, options, verdict);
  };
  const named = (...names: string[]): PlannedRun[] =>
    names.map((name) => fakeRun(`scenarios/ha/${name}.scenario.ts`, { title: name }));

  function run(runs: readonly PlannedRun[], options: Partial<SuiteOptions> = {}) {
    return runSuite(runs, {
      ...{ reportsFolder: reports, seed: 1, network: "proxy", workers: 1, command: "./faultline run" },
      observer: () => {},
      signal: new AbortController().signal,
      run: asNamed,
      ...options,
    });
  }

  it("runs everything, whatever fails or breaks, and leaves rows, records, a page and what failed", async () => {
    const { record, results, index } = await run(named("p1", "f1", "e1", "p2"));
    expect(record.rows.map(({ outcome }) => outcome)).to.deep.equal([
      "passed",
      "failed",
      "errored",
      "passed",
    ]);
    expect(record.rows[2]?.reasons).to.deep.equal(["no space left on device"]);
    expect(record.rows[0]).to.deep.include({ family: "ha", name: "p1", durationMs: 31_000, seed: 1 });
    expect(record.endedBy).to.equal(undefined);
    expect(results).to.have.length(3);
    for (const file of ["suite.json", "junit.xml", "summary.md", "index.html"]) {
      expect(readFileSync(join(dirname(index), file), "utf8"), file).to.contain("p2");
    }
    expect([...readLastFailed(reports)]).to.deep.equal([
      "scenarios/ha/e1.scenario.ts",
      "scenarios/ha/f1.scenario.ts",
    ]);
  });

  it("starts nothing more after so many failures; what did not run is told as such", async () => {
    const { record } = await run(named("f1", "p1", "f2", "p2", "f3"), { maxFailures: 2 });
    expect(record.rows.map(({ outcome }) => outcome)).to.deep.equal([
      "failed",
      "passed",
      "failed",
      "not run",
      "not run",
    ]);
    expect(record.endedBy).to.contain("--max-failures 2");
  });

  it("does not count as a failure what the machine cannot do", async () => {
    const unsupported: typeof runScenario = async (loaded, options) => {
      const result = fakeResult(loaded, options, "inconclusive");
      return { ...result, record: { ...result.record, unsupported: ["no control groups"] } };
    };
    const { record } = await run(named("i1", "i2"), { maxFailures: 1, run: unsupported });
    expect(record.rows.map((row) => row.unsupported)).to.deep.equal([true, true]);
    expect([...readLastFailed(reports)]).to.deep.equal([]);
    const { record: counted } = await run(named("i1", "i2"), { maxFailures: 1 });
    expect(counted.rows[1]?.outcome).to.equal("not run");
  });

  it("ends when it is interrupted, and keeps of what failed before what it did not come to", async () => {
    await run(named("f1", "f2"));
    const controller = new AbortController();
    const interrupted: typeof runScenario = async (loaded, options) => {
      controller.abort(new Error("interrupted"));
      return fakeResult(loaded, options, "inconclusive");
    };
    const { record } = await run(named("f1", "f2"), { signal: controller.signal, run: interrupted });
    expect(record.rows.map(({ outcome }) => outcome)).to.deep.equal(["inconclusive", "not run"]);
    expect(record.endedBy).to.equal("interrupted");
    expect(readLastFailed(reports).size).to.equal(2);
  });

  it("goes on when a part of its report cannot be written, or who watches breaks", async () => {
    const notices: string[] = [];
    const observer = (event: SuiteEvent) => {
      if (event.type === "notice") notices.push(event.text);
      else throw new Error("the terminal is gone");
    };
    let first = true;
    const takesTheFolderAway: typeof runScenario = (loaded, options) => {
      if (first) rmSync(reports, { recursive: true });
      first = false;
      return asNamed(loaded, options);
    };
    const { record } = await run(named("p1", "p2"), { observer, run: takesTheFolderAway });
    expect(record.rows.map(({ outcome }) => outcome)).to.deep.equal(["passed", "passed"]);
    expect(notices.filter((text) => text.includes("junit.xml could not be written"))).to.have.length(1);
    expect(notices.filter((text) => text.includes("the terminal is gone"))).to.have.length(1);
  });

  it("has as many lanes as workers, each with its own pool", async () => {
    let running = 0;
    let most = 0;
    const pools = new Set<unknown>();
    const counting: typeof runScenario = async (loaded, options) => {
      pools.add(options.pool);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return asNamed(loaded, options);
    };
    await run(named("p1", "p2", "p3", "p4"), { workers: 2, run: counting });
    expect([most, pools.size]).to.deep.equal([2, 2]);
  });
});
