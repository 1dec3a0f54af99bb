import { expect } from "chai";
import { quantilesOf } from "./measuring-program.ts";

describe("measurements of a program", () => {
  it("become quantiles by series", () => {
    expect(quantilesOf({ lock: [4, 4], bare: [1] })).to.deep.equal({
      "lock p50": [4],
      "lock p95": [4],
      "lock p99": [4],
      "bare p50": [1],
      "bare p95": [1],
      "bare p99": [1],
    });
  });
});
