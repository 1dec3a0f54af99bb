import { expect } from "chai";
import { quantile, summarise } from "./statistics.ts";

describe("bench statistics", () => {
  it("tells median, least and greatest in any order", () => {
    expect(summarise([9, 1, 5])).to.deep.equal({ median: 5, min: 1, max: 9, count: 3 });
  });

  it("takes the middle between two medians", () => {
    expect(summarise([4, 1, 2, 100]).median).to.equal(3);
  });

  it("interpolates quantiles", () => {
    expect(quantile([10, 20], 0.25)).to.equal(12.5);
    expect(quantile([7], 0.95)).to.equal(7);
  });

  it("leaves its input in order", () => {
    const values = [3, 1, 2];
    summarise(values);
    expect(values).to.deep.equal([3, 1, 2]);
  });

  it("refuses nothing, and what is no number", () => {
    expect(() => summarise([])).to.throw(RangeError, "nothing");
    expect(() => summarise([1, Number.NaN])).to.throw(RangeError, "no numbers");
  });
});
