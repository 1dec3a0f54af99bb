import { expect } from "chai";
import type { CheckResult } from "../checkers/verdict.ts";
import type { RunRecord } from "../report/record.ts";
import { type LoadedMutant, type MutantRun, mutantResultOf, mutantRunOf } from "./mutants.ts";
import { mutantsTable } from "./mutants-table.ts";

const mutant = { mistake: "It forgets.", caughtBy: "mutex" };
const loaded = {
  file: "scenarios/mutants/forgetful.scenario.ts",
  scenario: { title: "nothing is forgotten" },
  mutant,
} as unknown as LoadedMutant;

const found = (name: string, ...witnessTimes: readonly (readonly number[])[]): CheckResult => ({
  name,
  verdict: "failed",
  reason: "",
  counts: {},
  anomalies: witnessTimes.map((times) => ({
    type: "wrong",
    message: "",
    witnesses: times.map((time, index) => ({ index, time, type: "ok", process: 0, f: "read", value: null })),
  })),
});
const recordOf = (more: object = {}) =>
  ({
    verdict: "failed",
    checks: [],
    thresholds: [],
    faults: [],
    topology: { nodes: [] },
    ...more,
  }) as unknown as RunRecord;

describe("the runs of mutants", () => {
  it("name everybody who found something", () => {
    const record = recordOf({
      checks: [found("transcription"), { ...found("mutex"), verdict: "passed" }],
      thresholds: [{ verdict: "failed" }, { verdict: "failed" }],
      faults: [{ healProvenAt: 1, rtoMs: null }],
      topology: { nodes: [{ unexpectedExit: "exited with 1" }] },
    });
    expect(mutantRunOf(mutant, record)).to.deep.equal({
      verdict: "failed",
      foundBy: ["transcription", "threshold", "recovery", "crash"],
    });
  });

  it("say when the checker had all it needed for its first anomaly", () => {
    const checks = [found("other", [1e6]), found("mutex", [1e9, 7e9], [2e9, 3e9], [])];
    expect(mutantRunOf(mutant, recordOf({ checks })).afterMs).to.equal(3_000);
  });
});

describe("the result of a mutant", () => {
  const caught: MutantRun = { verdict: "failed", foundBy: ["mutex", "threshold"], afterMs: 2_000 };
  const missed: MutantRun = { verdict: "passed", foundBy: [] };

  it("is enough when the right checker finds it in four of five runs", () => {
    const result = mutantResultOf(loaded, [caught, caught, missed, { ...caught, afterMs: 9_000 }, caught], 5);
    expect(result).to.deep.equal({
      ...mutant,
      ...{ name: "forgetful", title: "nothing is forgotten", runs: 5, caught: 4, outcome: "caught" },
      ...{ others: { threshold: 4 }, afterMs: 2_000, undecided: {} },
    });
    expect(mutantResultOf(loaded, [caught, caught, caught, missed, missed], 5).outcome).to.equal("missed");
  });

  it("is undecided while runs that decided nothing could make it enough", () => {
    const inconclusive: MutantRun = { verdict: "inconclusive", foundBy: [] };
    expect(mutantResultOf(loaded, [caught, caught, caught, missed], 5).outcome).to.equal("undecided");
    expect(mutantResultOf(loaded, [caught, caught, caught, missed, inconclusive], 5).outcome).to.equal(
      "undecided",
    );
    expect(mutantResultOf(loaded, [caught, caught, missed, missed, inconclusive], 5).outcome).to.equal(
      "missed",
    );
    expect(mutantResultOf(loaded, [], 5).outcome).to.equal("undecided");
  });

  it("is not enough when another checker finds it, or the run decides nothing", () => {
    const byAnother: MutantRun = { verdict: "failed", foundBy: ["threshold"] };
    const errored: MutantRun = { verdict: "errored", foundBy: ["mutex"] };
    expect(mutantResultOf(loaded, [byAnother, errored], 3)).to.deep.include({
      ...{ caught: 0, outcome: "missed", others: { threshold: 1 } },
      undecided: { errored: 1, "not run": 1 },
    });
    expect(mutantResultOf(loaded, [], 0).outcome).to.equal("missed");
  });
});

describe("the table of mutants", () => {
  const result = mutantResultOf(
    loaded,
    [{ verdict: "failed", foundBy: ["mutex", "recovery"], afterMs: 2_500 }],
    1,
  );
  it("has a row for each", () => {
    expect(mutantsTable([{ ...result, mistake: "a|b" }]).split("\n")[2]).to.equal(
      "| `forgetful` | a\\|b | nothing is forgotten | mutex | 1 of 1 | 2.5 s | recovery 1 |",
    );
  });
});
