import { expect } from "chai";
import { fewestWindows, moreWindows } from "./more-windows.ts";
import { signedRank } from "./rank-tests.ts";

describe("windows that are still needed", () => {
  const plan = { bound: 0.05, level: 0.025, alpha: 0.025 };
  const noise = (middle: number, by: number) =>
    signedRank(Array.from({ length: 10 }, (_, n) => middle + by * (n - 4.5)));

  it("have a least number: below it no outcome is unlikely enough", () => {
    expect(fewestWindows("interleaved", 0.025)).to.equal(6); // 1 / 2^6
    expect(fewestWindows("interleaved", 0.025 / 12)).to.equal(9);
    expect(fewestWindows("apart", 0.025)).to.equal(4); // 1 / (8 choose 4)
    expect(fewestWindows("apart", 0.025 / 12)).to.equal(6); // 1 / (12 choose 6)
  });

  it("grow with the square of the noise", () => {
    const more = (by: number) => moreWindows(noise(0, by), "interleaved", 10, plan) ?? Number.NaN;
    const [little, twice] = [more(0.03) + 10, more(0.06) + 10];
    expect(twice / little).to.be.within(3.8, 4.2);
  });

  it("grow the closer the difference is to the bound, from either side", () => {
    const more = (middle: number) => moreWindows(noise(middle, 0.02), "interleaved", 10, plan) ?? 1_000;
    expect(more(0.08)).to.be.above(more(0.1));
    expect(more(0.03)).to.be.above(more(0.01));
    expect(more(-0.08)).to.be.closeTo(more(0.08), 1); // which side is better plays no part
    expect(moreWindows(noise(0.051, 0.02), "interleaved", 10, plan)).to.equal(undefined);
  });

  it("are those that the least number lacks, where there is no interval yet", () => {
    const two = signedRank([0.5, 0.5]);
    expect(moreWindows(two, "interleaved", 2, { ...plan, level: 0.025 / 12 })).to.equal(7);
  });
});
