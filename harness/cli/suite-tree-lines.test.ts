import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import type { SuiteRow } from "../report/suite-record.ts";
import type { SuiteEvent } from "../run/suite.ts";
import { fakeRun } from "../run/testing/fake-suite.ts";
import { suiteLines } from "./suite-lines.ts";
import { SuiteProgress } from "./suite-progress.ts";
import { suiteTreeLines } from "./suite-tree-lines.ts";

describe("progress of a suite", () => {
  const runs = ["ha/leader-crash", "ha/broker-pause", "ha/broker-restart", "lock/exclusive"].map((path) =>
    fakeRun(`scenarios/${path}.scenario.ts`),
  );
  const expected = runs.map(() => ({ ms: 30_000, earlierRuns: 0 }));
  let now = 0;
  let progress: SuiteProgress;
  beforeEach(() => {
    now = 0;
    progress = new SuiteProgress(runs, expected, { workers: 1, now: () => now });
  });

  function ended(place: number, change: Partial<SuiteRow> = {}): SuiteEvent {
    const run = progress.runs[place];
    if (run === undefined) throw new RangeError(`no run ${place}`);
    const { family, name } = run;
    const row: SuiteRow = {
      ...{ file: `${name}.scenario.ts`, family, name, title: name, seed: 1, outcome: "passed", reasons: [] },
      ...{ durationMs: 31_000, rtoMs: 6_800, replay: "again" },
      ...change,
    };
    return { type: "ended", place, row };
  }

  /** One has passed, one has failed, one is at work: all that a tree must show. */
  const events = (): SuiteEvent[] => [
    { type: "started", place: 0 },
    ended(0),
    { type: "started", place: 1 },
    ended(1, { outcome: "failed", rtoMs: null, reasons: ["2 lost", "and slow"] }),
    { type: "started", place: 2 },
    { type: "progress", place: 2, event: { type: "stage", stage: "fault", state: "started" } },
    { type: "progress", place: 2, event: { type: "detail", text: "fault" } },
    { type: "progress", place: 2, event: { type: "detail", text: "kill kafka-2: proven" } },
  ];

  const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters);

  describe("as lines", () => {
    it("has one for the start and one for the end of a run, and the reasons of what did not pass", () => {
      const said: string[] = [];
      const printed: string[] = [];
      const observer = suiteLines(progress, {
        progress: (line) => said.push(line),
        result: (line) => printed.push(line),
      });
      for (const event of events()) observer(event);
      observer({ type: "notice", text: "the disk is full" });
      expect(plain(said)).to.deep.equal([
        "[1/4] ha/leader-crash ...",
        "[2/4] ha/broker-pause ...",
        "[3/4] ha/broker-restart ...",
        "the disk is full",
      ]);
      expect(plain(printed)).to.deep.equal([
        "[1/4] PASSED ha/leader-crash 31.0 s, RTO 6.8 s",
        "[2/4] FAILED ha/broker-pause 31.0 s, RTO never",
        "  • 2 lost",
        "  • and slow",
      ]);
    });
  });

  describe("as a tree", () => {
    beforeEach(() => {
      for (const event of events()) progress.take(event);
      now += 4_000;
    });

    it("shows families, what is done, running and to come, with stage, sums and times", () => {
      expect(plain(suiteTreeLines(progress, 24))).to.deep.equal([
        "2 of 4 scenarios: 1 passed, 1 failed · 4.0 s, about 57.9 s left",
        "▶ ha 2/3 1 failed",
        "  ✓ leader-crash  31.0 s, RTO 6.8 s",
        "  ✕ broker-pause  31.0 s, RTO never  2 lost",
        "  ▶ broker-restart  4.0 s of about 30.0 s · fault · kill kafka-2: proven",
        "· lock 0/1",
        "  · exclusive",
      ]);
    });

    it("folds away what is to come, then what has passed, and keeps what failed, when the terminal is small", () => {
      const names = (rows: number) =>
        plain(suiteTreeLines(progress, rows))
          .slice(1)
          .map((line) => line.split("  ").slice(0, 2).join("  "));
      expect(names(6)).to.include("  ✓ leader-crash").and.not.to.include("  · exclusive");
      expect(names(5)).to.include("  ✕ broker-pause").and.not.to.include("  ✓ leader-crash");
      expect(names(4)).to.include("  ▶ broker-restart").and.not.to.include("  ✕ broker-pause");
      expect(suiteTreeLines(progress, 2)).to.have.length(2);
    });
  });

  describe("time left", () => {
    it("is what was expected of the rest, less what is done of it, corrected by how slow the machine is", () => {
      expect(progress.leftMs).to.equal(120_000);
      progress.take({ type: "started", place: 0 });
      now += 10_000;
      expect(progress.leftMs).to.equal(110_000);
      now += 50_000; // twice as long as expected; it cannot take less than no time
      expect(progress.leftMs).to.equal(90_000);
      progress.take(ended(0, { durationMs: 60_000 }));
      expect(progress.leftMs).to.equal(180_000);
    });

    it("is shared by the workers", () => {
      const two = new SuiteProgress(runs, expected, { workers: 2, now: () => now });
      expect(two.leftMs).to.equal(60_000);
    });
  });
});
