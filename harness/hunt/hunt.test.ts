import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Verdict } from "../checkers/verdict.ts";
import type { FaultRecord, RunRecord } from "../report/record.ts";
import { fixtureRecord } from "../report/testing/fixture.ts";
import type { LoadedScenario } from "../run/load-scenarios.ts";
import type { RunOptions, runScenario } from "../run/runner.ts";
import { scenario } from "../run/scenario.ts";
import { stt } from "../topology/stt.ts";
import { ManualClock } from "../util/testing/manual-clock.ts";
import { transcriptions } from "../workload/transcriptions.ts";
import { type HuntEvent, type HuntOptions, hunt } from "./hunt.ts";
import { coverage, failuresBySignature } from "./hunt-record.ts";

const loaded: LoadedScenario = {
  file: "scenarios/hunt/made-up.scenario.ts",
  scenario: scenario({
    title: "made up",
    topology: stt(),
    workload: transcriptions({ rate: 1 }),
    faults: [],
    checks: [],
    thresholds: { steady: { http_req_failed: "rate<0.01" } },
    hunt: { without: ["kill", "clock-skew"] },
  }),
};

const struck = (fault: string, nodes: readonly string[], links: readonly string[] = []): FaultRecord => ({
  ...{ id: "fault-1", fault, target: "it", nodes, links, escalations: [], injectedAt: 1, provenAt: 2 },
});

describe("hunt", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hunt-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A hunt whose runs end as they are told, a minute each; the last verdict is that of all others. */
  async function hunted(verdicts: readonly Verdict[], changes: Partial<HuntOptions> = {}) {
    const clock = new ManualClock();
    const calls: { scenario: LoadedScenario; options: RunOptions }[] = [];
    const events: HuntEvent[] = [];
    const run: typeof runScenario = async (one, options) => {
      calls.push({ scenario: one, options });
      await clock.sleep(60_000);
      const path = join(options.reportsFolder, `run-${calls.length}`);
      mkdirSync(path, { recursive: true });
      const record: RunRecord = {
        ...fixtureRecord("failed", []),
        ...{ thresholds: [], faults: [struck("pause", ["kafka-1"])] },
        verdict: verdicts[calls.length - 1] ?? verdicts.at(-1) ?? "passed",
      };
      return { folder: path, record, report: join(path, "report.html") };
    };
    const { record, folder: at } = await hunt({
      ...{ scenario: loaded, seed: 7, budgetMs: 600_000, faults: 3, network: "proxy", reportsFolder: folder },
      ...{ runObserver: () => {}, signal: new AbortController().signal, run, clock },
      observer: (event) => events.push(event),
      ...changes,
    });
    return { record, at, calls, events };
  }

  it("runs until its budget is spent, and keeps what did not pass", async () => {
    const { record, at } = await hunted(["passed", "failed", "inconclusive", "passed"]);
    expect(record).to.include({ endedBy: "the budget is spent", seed: 7 });
    expect(record.runs.map(({ verdict }) => verdict).slice(0, 4)).to.deep.equal([
      "passed",
      "failed",
      "inconclusive",
      "passed",
    ]);
    expect(record.runs.length).to.equal(10);
    expect(
      record.runs.map(({ folder: kept }) => kept !== undefined && existsSync(kept)).slice(0, 4),
    ).to.deep.equal([false, true, true, false]);
    expect(existsSync(join(at, "run-1"))).to.equal(false);
    expect(JSON.parse(readFileSync(join(at, "hunt.json"), "utf8"))).to.deep.equal(
      JSON.parse(JSON.stringify(record)),
    );
  });

  it("draws the same runs from the same seed, others from another, and never two alike", async () => {
    const drawn = async (seed: number) =>
      (await hunted(["passed"], { seed })).record.runs.map(({ seed: own, schedule }) =>
        JSON.stringify({ own, schedule }),
      );
    const first = await drawn(7);
    expect(await drawn(7)).to.deep.equal(first);
    expect(await drawn(8)).not.to.include.members([first[0]]);
    expect(new Set(first).size).to.equal(first.length);
  });

  it("does not judge thresholds, and says in the record that a hunt drew it", async () => {
    const { calls } = await hunted(["passed"]);
    for (const { scenario: one, options } of calls) {
      expect(one.scenario.thresholds).to.deep.equal([]);
      expect(one.scenario.faults.length).to.be.above(0);
      expect(options.variation).to.deep.equal({ by: "hunt", correctnessOnly: true });
      expect(options.pool).not.to.equal(undefined);
    }
  });

  it("draws nothing that the scenario is no promise about", async () => {
    const { record } = await hunted(["passed"], { budgetMs: 60 * 60_000 });
    const drawn = new Set(record.runs.flatMap(({ schedule }) => schedule.map(({ fault }) => fault.call)));
    expect(drawn).to.include("pause");
    expect(drawn).not.to.include("kill");
    expect(record.kinds).not.to.include("clock-skew");
  });

  it("ends after as many failures as were asked for", async () => {
    const { record } = await hunted(["passed", "failed", "passed", "failed"], { maxFailures: 2 });
    expect(record.runs.length).to.equal(4);
    expect(record.endedBy).to.equal("2 failure(s) were found");
  });

  it("ends when three runs in a row broke, and says why", async () => {
    const { record } = await hunted(["errored", "errored", "passed", "errored"]);
    expect(record.runs.length).to.equal(6);
    expect(record.endedBy).to.contain("3 runs in a row broke: transcription");
  });

  it("takes a run that throws for one that broke", async () => {
    const run = async () => {
      throw new Error("no room on the disk");
    };
    const { record } = await hunted([], { run });
    expect(record.runs.map(({ reasons }) => reasons[0])).to.deep.equal(Array(3).fill("no room on the disk"));
    expect(record.endedBy).to.contain("no room on the disk");
  });

  it("when interrupted, leaves out the run under way", async () => {
    const interrupt = new AbortController();
    const { record, at } = await hunted(["failed"], {
      signal: interrupt.signal,
      observer: (event) => {
        if (event.type === "started" && event.number === 3) interrupt.abort(new Error("Ctrl-C"));
      },
    });
    expect(record).to.include({ endedBy: "interrupted" });
    expect(record.runs.length).to.equal(2);
    expect(existsSync(join(at, "hunt.json"))).to.equal(true);
  });

  it("groups failures by what was wrong, and knows what struck what", async () => {
    const { record } = await hunted(["failed", "passed", "failed"], { maxFailures: 2 });
    expect(
      failuresBySignature(record.runs).map(({ runs }) => runs.map(({ number }) => number)),
    ).to.deep.equal([[1, 3]]);
    expect(coverage(record.runs)).to.deep.equal(new Map([["pause", new Map([["kafka", 3]])]]));
  });
});
