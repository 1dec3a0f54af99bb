import { expect } from "chai";
import fc from "fast-check";
import { UsageError } from "../util/errors.ts";
import { type LatencyOptions, latency } from "./latency.ts";
import { quantile } from "./quantile.ts";
import { type MadeOperation, made } from "./testing/made-history.ts";

const status = (at: number, ms: number, more: Partial<MadeOperation> = {}): MadeOperation => {
  return { f: "status", at, end: at + ms, phase: "steady", ...more };
};
const check = (operations: readonly MadeOperation[], options?: LatencyOptions) =>
  latency(options).check(made(operations));
const verdict = (operations: readonly MadeOperation[], options?: LatencyOptions) =>
  check(operations, options).verdict;

describe("the latency checker", () => {
  it("passes within its bounds, and counts percentiles by phase and kind", () => {
    const operations = [status(0, 10), status(100, 20), { ...status(200, 40), f: "chunk" }];
    const result = check(operations, { f: "status", phase: "steady", p95: "20ms", max: 20 });
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({
      samples: 2,
      "steady status samples": 2,
      "steady status p50 (ms)": 10.007,
    });
    expect(result.counts["steady chunk max (ms)"]).to.be.closeTo(40, 0.04);
  });

  it("finds a percentile past its bound, and shows the slowest", () => {
    const operations = [
      ...Array.from({ length: 18 }, (_, n) => status(n, 10)),
      status(50, 400),
      status(60, 500),
    ];
    const result = check(operations, { p90: "10ms", p95: "300ms" });
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["too-slow"]);
    expect(result.reason).to.match(/p95 of operations is 4\d\d ms, may be 300 ms: 2 of 20 were slower/);
    const slowest = result.anomalies[0]?.witnesses.slice(0, 2).map(({ time }) => time);
    expect(slowest).to.deep.equal([560e6, 450e6]);
  });

  it("counts from when the user wanted it", () => {
    const late = status(5_000, 10, { intended: 2_000 });
    expect(verdict([late], { max: "1s" })).to.equal("failed");
    expect(verdict([status(5_000, 10)], { max: "1s" })).to.equal("passed");
  });

  it("judges the operations of its kind and phase only, by the phase of the invoke", () => {
    const across = status(9_990, 2_000);
    expect(verdict([across, status(0, 5, { phase: "fault" })], { phase: "fault", max: "1s" })).to.equal(
      "passed",
    );
    expect(verdict([{ ...across, f: "chunk" }, status(0, 5)], { f: "status", max: "1s" })).to.equal("passed");
  });

  it("leaves what did not end ok to availability, and counts it", () => {
    const result = check(
      [status(0, 5), status(10, 9_000, { type: "info" }), { f: "status", at: 50, phase: "steady" }],
      { max: "1s" },
    );
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ samples: 1, "not ok": 1 });
  });

  it("is inconclusive without a sample of what it bounds", () => {
    expect(verdict([])).to.equal("inconclusive");
    expect(verdict([status(0, 5)], { phase: "recovery", p95: "1s" })).to.equal("inconclusive");
    expect(verdict([status(0, 5, { type: "fail" })], { max: "1s" })).to.equal("inconclusive");
    expect(verdict([status(0, 5)]), "it measures").to.equal("passed");
  });

  it("refuses bounds that it does not know", () => {
    expect(() => latency({ p95: "fast" })).to.throw(RangeError);
    expect(() => latency({ p42: "1s" } as LatencyOptions)).to.throw(UsageError, "p42");
  });

  it("fails exactly when the nearest-rank percentile is past the bound, and is right to three digits", () => {
    const samples = fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 50_000 }), (latencies, bound) => {
        const exact = quantile(latencies, 0.95) ?? 0;
        const result = check(
          latencies.map((ms, n) => status(n, ms)),
          { p95: bound },
        );
        expect(result.verdict).to.equal(exact > bound ? "failed" : "passed");
        expect(result.counts["steady status p95 (ms)"]).to.be.closeTo(exact, exact / 1_000 + 0.001);
      }),
    );
  });
});
