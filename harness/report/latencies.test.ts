import { expect } from "chai";
import fc from "fast-check";
import { quantile } from "../util/quantile.ts";
import { GroupedLatencies } from "./latencies.ts";

describe("exact latencies", () => {
  it("takes quantiles by nearest rank", () => {
    const sorted = [1, 2, 3, 4];
    expect(quantile(sorted, 0.5)).to.equal(2);
    expect(quantile(sorted, 0.51)).to.equal(3);
    expect(quantile(sorted, 0.99)).to.equal(4);
    expect(() => quantile([], 0.5)).to.throw(RangeError);
  });

  it("keeps groups apart and says null for an empty one", () => {
    const latencies = new GroupedLatencies(3);
    for (const ms of [30, 10, 20]) latencies.add(2, ms);
    latencies.add(0, 7);
    expect(latencies.summaries()).to.deep.equal([
      { p50: 7, p95: 7, p99: 7, max: 7 },
      null,
      { p50: 20, p95: 30, p99: 30, max: 30 },
    ]);
  });

  it("agrees with sorting each group, past the first growth too", () => {
    const additions = fc.array(fc.tuple(fc.nat(4), fc.nat(10_000)), { minLength: 1, maxLength: 3_000 });
    fc.assert(
      fc.property(additions, (added) => {
        const latencies = new GroupedLatencies(5);
        for (const [group, ms] of added) latencies.add(group, ms);
        latencies.summaries().forEach((summary, group) => {
          const own = added.filter(([of]) => of === group).map(([, ms]) => ms);
          own.sort((a, b) => a - b);
          expect(summary?.p95 ?? null).to.equal(own.length === 0 ? null : quantile(own, 0.95));
          expect(summary?.max ?? null).to.equal(own.at(-1) ?? null);
        });
      }),
      { numRuns: 30 },
    );
  });
});
