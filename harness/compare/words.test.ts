import { expect } from "chai";
import { measureKinds } from "./measure-kind.ts";
import { changeInWords, formatMeasure, rangeInWords } from "./words.ts";

describe("changes in words", () => {
  const latency = measureKinds["p(95)"];

  it("say direction and size", () => {
    expect(changeInWords(latency, 1.234)).to.equal("23 % slower");
    expect(changeInWords(latency, 0.962)).to.equal("3.8 % faster");
    expect(changeInWords(latency, 1.0001)).to.equal("the same");
    expect(changeInWords(measureKinds["per second"], 0.5)).to.equal("50 % fewer");
    expect(changeInWords(measureKinds.failed, 0.021)).to.equal("2.1 points more failures");
  });

  it("say a range once where it goes one way, the smaller change first", () => {
    const range = (low: number | null, high: number | null) =>
      rangeInWords(latency, { estimate: 1, low, high });
    expect(range(1.08, 1.31)).to.equal("8 to 31 % slower");
    expect(range(0.7, 0.88)).to.equal("12 to 30 % faster");
    expect(range(0.97, 1.12)).to.equal("3 % faster to 12 % slower");
    expect(range(1, 1.12)).to.equal("the same to 12 % slower");
    expect(range(1, 1)).to.equal("the same");
    expect(range(null, null)).to.equal("anything");
  });

  it("give a value its unit", () => {
    expect(formatMeasure("p(95)", 1234.5)).to.equal("1235 ms");
    expect(formatMeasure("p(50)", 0.01234)).to.equal("0.0123 ms");
    expect(formatMeasure("per second", 41.26)).to.equal("41.3/s");
    expect(formatMeasure("failed", 0.0021)).to.equal("0.2 %");
    expect(formatMeasure("failed", null)).to.equal("–");
  });
});
