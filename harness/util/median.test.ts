import { expect } from "chai";
import { median } from "./median.ts";

describe("the median", () => {
  it("is the middle one, in whatever order they come", () => {
    expect(median([100, 9, 20])).to.equal(20);
  });

  it("is half-way between the middle two", () => {
    expect(median([4, 1, 3, 2])).to.equal(2.5);
  });

  it("is no number of none", () => {
    expect(median([])).to.be.NaN;
  });
});
