import { expect } from "chai";
import fc from "fast-check";
import { trendOf } from "./trend.ts";

const series = (...values: number[]) => values.map((y, x) => ({ x, y }));

describe("the trend of a series", () => {
  it("has the median slope of all pairs, whatever a few wild values do", () => {
    const line = series(...Array.from({ length: 40 }, (_, n) => 5 + 2 * n));
    expect(trendOf(line, 0.99)).to.include({ slope: 2, low: 2, high: 2, last: 83, points: 40 });
    const wild = line.map(({ x, y }) => ({ x, y: x % 9 === 3 ? y + 1e6 : y }));
    expect(trendOf(wild, 0.99).slope).to.be.closeTo(2, 0.01);
    expect(trendOf(wild, 0.99).p).to.be.lessThan(0.001);
  });

  it("agrees with the figures worked out by hand", () => {
    // Of 21 pairs one falls: the score is 19, its variance 7 * 6 * 19 / 18 = 44.33, so z = 18 / 6.658 = 2.703.
    const { slope, low, high, p } = trendOf(series(10, 14, 16, 15, 20, 21, 24), 0.9);
    expect(p).to.be.closeTo(0.00687, 0.00002);
    // The interval reaches 1.645 * 6.658 = 10.95: from the 5th of the 21 slopes to the 17th.
    expect([slope, low, high]).to.deep.equal([2, 5 / 3, 3]);
  });

  it("corrects for values that are equal", () => {
    // The score is 12; var = (6 * 5 * 17 - 3 * (2 * 1 * 9)) / 18 = 25.33, so z = 11 / 5.033 = 2.186.
    expect(trendOf(series(1, 1, 2, 2, 3, 3), 0.9).p).to.be.closeTo(0.02885, 0.00005);
  });

  it("finds none in a constant, nor in what goes up and down", () => {
    expect(trendOf(series(...Array(30).fill(7)), 0.99)).to.include({ slope: 0, low: 0, high: 0, p: 1 });
    const swinging = series(...Array.from({ length: 60 }, (_, n) => [0, 5, 1, 4, 2, 3][n % 6] ?? 0));
    const { p, low, high } = trendOf(swinging, 0.99);
    expect(p).to.be.greaterThan(0.1);
    expect(low).to.be.at.most(0);
    expect(high).to.be.at.least(0);
  });

  it("has as wide an interval as points that are alike deserve, and no wider than independent ones when told so", () => {
    // Runs of ten equal residuals: a tenth as many points as it seems.
    const runs = series(...Array.from({ length: 80 }, (_, n) => 0.01 * n + (Math.floor(n / 10) % 2)));
    const alike = trendOf(runs, 0.99);
    const independent = trendOf(runs, 0.99, true);
    expect(alike.autocorrelation).to.be.within(0.7, 0.99);
    expect(independent.autocorrelation).to.equal(0);
    expect(alike.high - alike.low).to.be.greaterThan(1.5 * (independent.high - independent.low));
    expect(alike.p).to.be.greaterThan(independent.p);
    expect(alike.slope).to.equal(independent.slope);
  });

  it("is seen in a rise without a fall however it bends, also as one series of thousands", () => {
    for (const points of [30, 56, 89]) {
      const bent = series(...Array.from({ length: points }, (_, n) => (n / points) ** 2));
      for (const confidence of [0.99, 1 - 4e-5, 1 - 1e-6]) {
        const { p, low } = trendOf(bent, confidence);
        expect(p, `${points} points at ${confidence}`).to.be.below(1 - confidence);
        expect(low, `${points} points at ${confidence}`).to.be.above(0);
      }
    }
  });

  it("is not made surer by values that alternate", () => {
    const alternating = series(...Array.from({ length: 60 }, (_, n) => 0.001 * n + (n % 2)));
    expect(trendOf(alternating, 0.99)).to.deep.equal(trendOf(alternating, 0.99, true));
  });

  it("moves with its values: shifted, scaled, turned over", () => {
    const values = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: -99, max: 99 }), (ys, shift) => {
        const plain = trendOf(series(...ys), 0.95);
        expect(plain.low).to.be.at.most(plain.slope);
        expect(plain.high).to.be.at.least(plain.slope);
        const shifted = trendOf(series(...ys.map((y) => y + shift)), 0.95);
        expect(shifted.slope).to.be.closeTo(plain.slope, 1e-9);
        expect(shifted.p).to.equal(plain.p);
        const turned = trendOf(series(...ys.map((y) => -y)), 0.95);
        expect(turned.slope).to.be.closeTo(-plain.slope, 1e-9);
        expect(turned.p).to.be.closeTo(plain.p, 1e-12);
      }),
    );
  });

  it("refuses what has no trend", () => {
    expect(() => trendOf(series(1, 2), 0.99)).to.throw(RangeError);
  });
});
