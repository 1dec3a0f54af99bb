import { expect } from "chai";
import { wordErrorRate } from "./word-error-rate.ts";

describe("the word error rate", () => {
  it("counts words replaced, left out and put in", () => {
    expect(wordErrorRate("the quick brown fox", "the quick brown fox")).to.equal(0);
    expect(wordErrorRate("the quick brown fox", "the quick brown box")).to.equal(1 / 4);
    expect(wordErrorRate("the quick brown fox", "the brown fox")).to.equal(1 / 4);
    expect(wordErrorRate("the quick brown fox", "the very quick brown fox")).to.equal(1 / 4);
    expect(wordErrorRate("the quick brown fox", "")).to.equal(1);
  });

  it("does not count case and punctuation", () => {
    expect(wordErrorRate("It's so, isn't it?", "it's so isn't IT")).to.equal(0);
  });
});
