import { expect } from "chai";
import { retrySteps } from "./retry-steps.ts";
import { made } from "./testing/made-history.ts";

/** A read of a retry topic in which messages of recording "a" with these attempts lie. */
const read = (step: number, attempts: number[], version = 1) => ({
  ...{ f: "stage-messages", key: `t-retry-${step}`, at: step, end: step + 1 },
  value: attempts.map((attempt, offset) => ({
    id: "a",
    partition: 0,
    offset,
    version,
    attempt,
    createdAt: 0,
  })),
});
const check = (...reads: ReturnType<typeof read>[]) => retrySteps().check(made(reads));
const types = (...reads: ReturnType<typeof read>[]) => check(...reads).anomalies.map(({ type }) => type);

describe("the retry-steps checker", () => {
  it("passes a recording that goes from topic to topic, also one whose message came twice", () => {
    const result = check(read(0, [1]), read(1, [2, 2]), read(2, [3]), read(3, []));
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.deep.equal({ chains: 1, longest: 3 });
  });

  it("finds a message in the topic of another attempt", () => {
    expect(types(read(0, [1, 2]), read(1, [2]))).to.deep.equal(["wrong-topic"]);
  });

  it("finds a topic that was passed over, in each version by itself", () => {
    expect(types(read(0, [1]), read(2, [3]))).to.deep.equal(["skipped-step"]);
    expect(types(read(0, [1]), read(1, [2], 5))).to.deep.equal(["skipped-step"]);
  });

  it("is inconclusive without retries, or when no chain was long enough", () => {
    expect(check(read(0, [])).verdict).to.equal("inconclusive");
    expect(check(read(0, [1])).verdict).to.equal("inconclusive");
  });
});
