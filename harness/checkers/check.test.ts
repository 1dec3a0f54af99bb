import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { checkHistory } from "./check.ts";
import { leak } from "./leak.ts";
import { goodJournal, goodReads, goodRecording, made } from "./testing/made-history.ts";
import { transcription } from "./transcription.ts";
import { submittedOnce } from "./upstream.ts";
import type { Checker } from "./verdict.ts";

const whole = made([...goodRecording("a", 0), ...goodReads("a", 9_000), goodJournal(["a"], 9_500)]);

describe("checkHistory", () => {
  it("merges the verdicts of its checkers", () => {
    expect(checkHistory(whole, [transcription(), submittedOnce()]).verdict).to.equal("passed");
    const withoutJournal = whole.filter(({ f }) => f !== "upstream");
    expect(checkHistory(withoutJournal, [transcription(), submittedOnce()]).verdict).to.equal("inconclusive");
    expect(checkHistory(whole, []).verdict).to.equal("inconclusive");
  });

  it("hands samples to the checkers that judge them", () => {
    const samples = Array.from({ length: 90 }, (_, n) => {
      return { time: n * 10e9, metric: "rss_bytes", node: "stt-1", value: n };
    });
    const verdicts = (...given: (typeof samples)[]) =>
      checkHistory(whole, [transcription(), leak()], ...given).results.map(({ verdict }) => verdict);
    expect(verdicts(samples)).to.deep.equal(["passed", "failed"]);
    expect(verdicts()).to.deep.equal(["passed", "inconclusive"]);
  });

  it("goes on past a checker that breaks, and stops at a malformed history", () => {
    const breaking = (error: Error): Checker => ({
      name: "broken",
      check: () => {
        throw error;
      },
    });
    const { verdict, results } = checkHistory(whole, [breaking(new TypeError("oops")), transcription()]);
    expect(verdict).to.equal("inconclusive");
    expect(results.map((result) => result.verdict)).to.deep.equal(["inconclusive", "passed"]);
    expect(() => checkHistory(whole, [breaking(new UsageError("event 3"))])).to.throw(UsageError);
    const odd = whole.map((event) =>
      event.f === "wav" && event.type === "ok" ? { ...event, value: 7 } : event,
    );
    expect(() => checkHistory(odd, [transcription()])).to.throw(UsageError, "ok wav");
  });
});
