import { expect } from "chai";
import { holm } from "./holm.ts";

describe("holm", () => {
  it("multiplies the smallest by all tests, the next by one fewer, and keeps their order", () => {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    expect(adjusted.map((p) => Number(p.toFixed(6)))).to.deep.equal([0.03, 0.06, 0.06, 0.02]);
  });

  it("leaves a single test as it is, and never says more than certain", () => {
    expect(holm([0.02])).to.deep.equal([0.02]);
    expect(holm([0.7, 0.8])).to.deep.equal([1, 1]);
    expect(holm([])).to.deep.equal([]);
  });
});
