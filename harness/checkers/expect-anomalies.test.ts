import { expect } from "chai";
import { checkHistory } from "./check.ts";
import { expectAnomalies } from "./expect-anomalies.ts";
import { anomaly, resultOf } from "./result.ts";
import type { SampleChecker } from "./sample-checker.ts";
import type { Checker } from "./verdict.ts";

const finding = (types: readonly string[], gaps: readonly string[] = []) =>
  resultOf("made", {
    anomalies: types.map((type) => anomaly(type, `a ${type}`, [])),
    gaps,
    passedReason: "all well",
    counts: { lost: types.length },
  });
const checker = (...types: string[]): Checker => ({ name: "made", check: () => finding(types) });
const verdictOf = (one: Checker) => checkHistory([], [one]).results[0];

describe("a checker that is expected to find something", () => {
  const expected = { all: ["lost-write"], also: ["duplicate"] };

  it("passes when that is found, alone or with what may come with it, and keeps the anomalies", () => {
    const result = verdictOf(expectAnomalies(checker("lost-write", "lost-write", "duplicate"), expected));
    expect(result).to.include({ verdict: "passed", name: "made, expected to find lost-write" });
    expect(result?.reason).to.match(/^as expected: 2 lost-write, 1 duplicate/);
    expect(result?.anomalies).to.have.length(3);
    expect(result?.counts).to.deep.equal({ lost: 3 });
  });

  it("fails when it is not found, or something else is", () => {
    expect(verdictOf(expectAnomalies(checker(), expected))?.reason).to.contain(
      "lost-write expected, and not found: all well",
    );
    const other = verdictOf(expectAnomalies(checker("lost-write", "G1a"), expected));
    expect(other).to.include({ verdict: "failed" });
    expect(other?.reason).to.match(/^G1a not expected: /);
  });

  it("leaves open what the checker leaves open", () => {
    const open: Checker = { name: "made", check: () => finding([], ["nothing was sent"]) };
    expect(verdictOf(expectAnomalies(open, expected))?.verdict).to.equal("inconclusive");
  });

  it("turns checkers of samples round, too", () => {
    const ofSamples: SampleChecker = { name: "leak", checkSamples: () => finding(["leak"]) };
    const [result] = checkHistory([], [expectAnomalies(ofSamples, { all: ["leak"] })]).results;
    expect(result?.verdict).to.equal("passed");
  });
});
