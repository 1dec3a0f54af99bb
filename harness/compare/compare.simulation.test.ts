import { expect } from "chai";
import { seededRandom } from "../util/random.ts";
import { compareWindows } from "./compare.ts";
import type { Comparison, ComparisonVerdict } from "./comparison.ts";
import { windowOrder } from "./interleave.ts";
import { type LoadModel, simulate } from "./testing/simulated-load.ts";
import { turns } from "./testing/windows.ts";

/** How often each verdict comes, of so many simulated comparisons with ten windows a side: seeds 0, 1, 2, ... */
function verdicts(
  trials: number,
  model: Partial<LoadModel> = {},
  order: "drawn" | "a then b" = "drawn",
): Record<ComparisonVerdict, number> {
  const counts = { regression: 0, improvement: 0, "no difference": 0, inconclusive: 0 };
  for (let seed = 0; seed < trials; seed++) counts[compared(seed, model, order).verdict]++;
  return counts;
}

function compared(seed: number, model: Partial<LoadModel>, order: "drawn" | "a then b"): Comparison {
  const { a, b } = simulate(seed, 10, model, order);
  return compareWindows({ name: "a", windows: a }, { name: "b", windows: b });
}

/** Noise so small that "no difference" can be shown with ten pairs. */
const quiet: Partial<LoadModel> = { drift: 0.02, spread: 0.15, pauses: 0.05 };
const wild: Partial<LoadModel> = { drift: 0.5, pauses: 0.5, pauseMs: 1_500 };

describe("comparing simulated load", function () {
  this.timeout(60_000); // some thousand comparisons; some seconds on an idle core

  it("A/A is called a regression in at most 1 of 100, on an ordinary machine", () => {
    const { regression, improvement } = verdicts(200);
    expect(regression).to.be.at.most(2);
    expect(improvement).to.be.at.most(2);
  });

  it("A/A is no difference in nine of ten, on a quiet one, and never a regression", () => {
    const counts = verdicts(100, quiet);
    expect(counts.regression).to.equal(0);
    expect(counts["no difference"]).to.be.at.least(90);
  });

  it("a slowdown of 20 % is found in 9 of 10, on an ordinary machine", () => {
    expect(verdicts(100, { slowdown: 1.2 }).regression).to.be.at.least(90);
  });

  it("a speed-up of 20 % is an improvement or a doubt, never a regression", () => {
    const counts = verdicts(50, { slowdown: 0.8 });
    expect(counts.improvement).to.be.at.least(40);
    expect(counts.regression + counts["no difference"]).to.equal(0);
  });

  it("failures of 5 % are found, though the service is as fast as it was", () => {
    expect(verdicts(50, { ...quiet, failing: 0.05 }).regression).to.equal(50);
  });

  it("wild noise is inconclusive, A/A and at 20 %", () => {
    const same = verdicts(100, wild);
    expect(same.inconclusive).to.be.at.least(97);
    expect(same["no difference"]).to.equal(0);
    expect(verdicts(50, { ...wild, slowdown: 1.2 }).inconclusive).to.be.at.least(42);
  });

  it("windows that ran apart find a slowdown of 20 % too, on a quiet machine that stayed so", () => {
    expect(verdicts(50, { ...quiet, slowdown: 1.2 }, "a then b").regression).to.be.at.least(45);
    expect(verdicts(50, quiet, "a then b").regression).to.equal(0);
  });

  it("with no tolerance to hide behind, A/A is false in 2.5 % at most, whatever the noise", () => {
    // Window by window: a machine that wanders, with bursts that last several windows and slow one down tenfold.
    const trials = 2_000;
    const falseWith = (metrics: readonly string[]) => {
      let found = 0;
      for (let seed = 0; seed < trials; seed++) {
        const random = seededRandom(seed);
        const order = windowOrder(12, seed + 1_000_003);
        const sides = { a: [] as number[], b: [] as number[] };
        let level = 0;
        let burst = false;
        for (const side of order) {
          level = 0.9 * level + (random() - 0.5) * 0.3;
          burst = random() < (burst ? 0.7 : 0.1);
          sides[side].push(100 * Math.exp(level) * (burst ? 1 + 9 * random() : 1));
        }
        const measured = (values: readonly number[]) =>
          values.map((value) =>
            metrics.map((metric, n) => ({
              metric,
              statistic: "p(50)" as const,
              value: n === 0 ? value : 100 * Math.exp(random() - 0.5),
            })),
          );
        const { a, b } = turns(measured(sides.a), measured(sides.b));
        if (compareWindows(a, b, { tolerance: 0 }).verdict === "regression") found++;
      }
      return found / trials;
    };
    const bySampling = 2 * Math.sqrt((0.025 * 0.975) / trials); // what 2000 trials may miss the rate by
    expect(falseWith(["one"])).to.be.within(0.01, 0.025 + bySampling);
    expect(falseWith(["one", "two", "three", "four", "five", "six"])).to.be.within(0.005, 0.025 + bySampling);
  });
});
