import { expect } from "chai";
import { seededRandom } from "../util/random.ts";
import { rankSum, signedRank } from "./rank-tests.ts";

// Hollander and Wolfe 1973, tables 3.1 and 4.1, which R's wilcox.test has as its examples.
const depression = {
  before: [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3],
  after: [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
};
const permeability = {
  term: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
  weeks: [1.15, 0.88, 0.9, 0.74, 1.21],
};

describe("rank tests", () => {
  it("signed-rank is that of the book", () => {
    const shift = signedRank(depression.before.map((before, i) => before - (depression.after[i] ?? 0)));
    expect(shift.above(0)).to.equal(0.01953125);
    expect(shift.estimate).to.be.closeTo(0.46, 0.005);
  });

  it("Mann-Whitney is that of the book", () => {
    const shift = rankSum(permeability.weeks, permeability.term);
    expect(shift.above(0)).to.be.closeTo(0.1272, 0.00005);
    expect(shift.estimate).to.be.closeTo(0.305, 1e-9);
  });

  it("signed-rank counts what all ways to turn the signs would give", () => {
    const random = seededRandom(1);
    const differences = Array.from({ length: 8 }, () => random() - 0.3);
    // Walsh averages above 0 are as many as the sum of the ranks of the positive differences.
    const ranks = differences
      .toSorted((x, y) => Math.abs(x) - Math.abs(y))
      .map((value, i) => ({ rank: i + 1, positive: value > 0 }));
    const observed = ranks.reduce((sum, { rank, positive }) => sum + (positive ? rank : 0), 0);
    let asFar = 0;
    for (let signs = 0; signs < 256; signs++) {
      const sum = ranks.reduce((all, { rank }, bit) => all + ((signs >> bit) & 1 ? rank : 0), 0);
      if (sum >= observed) asFar++;
    }
    expect(signedRank(differences).above(0)).to.equal(asFar / 256);
  });

  it("Mann-Whitney counts what all ways to deal the values would give", () => {
    const random = seededRandom(2);
    const values = Array.from({ length: 9 }, () => random());
    const count = (a: readonly number[], b: readonly number[]) =>
      b.reduce((sum, x) => sum + a.filter((y) => x > y).length, 0);
    const deal = (cards: number) => ({
      a: values.filter((_, i) => !((cards >> i) & 1)),
      b: values.filter((_, i) => (cards >> i) & 1),
    });
    const given = deal(0b101100001);
    const counts = Array.from({ length: 512 }, (_, cards) => deal(cards))
      .filter(({ b }) => b.length === 4)
      .map(({ a, b }) => count(a, b));
    const asFar = counts.filter((dealt) => dealt >= count(given.a, given.b)).length;
    expect(rankSum(given.a, given.b).above(0)).to.be.closeTo(asFar / counts.length, 1e-12);
  });

  it("both sides mirror each other", () => {
    const { term, weeks } = permeability;
    const [one, other] = [rankSum(weeks, term), rankSum(term, weeks)];
    expect(one.above(0.1)).to.be.closeTo(other.below(-0.1), 1e-12);
    expect(one.estimate).to.be.closeTo(-other.estimate, 1e-12);
    const [inside, mirrored] = [one.interval(0.1), other.interval(0.1)];
    expect(inside?.low).to.be.closeTo(-(mirrored?.high ?? 0), 1e-12);
  });

  it("an interval holds what the test does not reject, and no more", () => {
    const random = seededRandom(3);
    const differences = Array.from({ length: 12 }, () => random());
    const shift = signedRank(differences);
    const { low, high } = shift.interval(0.05) ?? { low: 0, high: 0 };
    const nudge = 1e-9;
    expect(shift.above(low - nudge)).to.be.at.most(0.025);
    expect(shift.above(low + nudge)).to.be.above(0.025);
    expect(shift.below(high + nudge)).to.be.at.most(0.025);
    expect(shift.below(high - nudge)).to.be.above(0.025);
  });

  it("has no interval where the windows are too few for one", () => {
    // Five pairs can all point one way by chance in 1 of 32 cases, six in 1 of 64.
    expect(signedRank([1, 2, 3, 4, 5]).interval(0.05)).to.equal(undefined);
    expect(signedRank([1, 2, 3, 4, 5, 6]).interval(0.05)).to.deep.equal({ low: 1, high: 6 });
  });

  it("what is equal speaks for neither side", () => {
    const same = signedRank([0, 0, 0, 0, 0, 0, 0]);
    expect([same.above(0), same.below(0), same.estimate]).to.deep.equal([1, 1, 0]);
    expect(same.interval(0.05)).to.deep.equal({ low: 0, high: 0 });
  });
});
