import { expect } from "chai";
import { DistributionBuilder, merged, quantileOf, relativeError } from "./distribution.ts";
import { quantile } from "./quantile.ts";
import { seededRandom } from "./random.ts";

function distributionOf(values: readonly number[]) {
  const builder = new DistributionBuilder();
  for (const value of values) builder.add(value);
  const built = builder.build();
  if (built === undefined) throw new Error("no values");
  return built;
}

describe("a distribution", () => {
  const random = seededRandom(7);
  const latencies = Array.from({ length: 5_000 }, () => Math.exp(2 + 1.5 * (random() + random() - random())));

  it("has each quantile within half a percent, and in little room", () => {
    const distribution = distributionOf(latencies);
    const sorted = latencies.toSorted((a, b) => a - b);
    for (const q of [0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
      const exact = quantile(sorted, q);
      expect(Math.abs(quantileOf(distribution, q) - exact) / exact, `p${100 * q}`).to.be.at.most(
        relativeError + 1e-9,
      );
    }
    expect(distribution.buckets.length).to.be.below(800);
  });

  it("is the same however its values were split up", () => {
    const parts = [latencies.slice(0, 10), latencies.slice(10, 4_000), latencies.slice(4_000)];
    const together = merged(parts.map(distributionOf));
    const whole = distributionOf(latencies);
    expect(together?.buckets).to.deep.equal(whole.buckets);
    expect(together?.count).to.equal(whole.count);
    expect(together?.sum).to.be.closeTo(whole.sum, 1e-6 * whole.sum);
  });

  it("has the only value, the largest one and nothing at all as they are", () => {
    expect(quantileOf(distributionOf([300]), 0.95)).to.equal(300);
    expect(quantileOf(distributionOf([0, 0, 5]), 0.5)).to.equal(0);
    expect(quantileOf(distributionOf([0, 0, 5]), 1)).to.equal(5);
    expect(merged([])).to.equal(undefined);
  });
});
