import { expect } from "chai";
import { formatDuration, milliseconds } from "./duration.ts";

describe("durations", () => {
  const known: [string | number, number][] = [
    ["250ms", 250],
    ["10s", 10_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    [42, 42],
  ];
  for (const [text, ms] of known) {
    it(`reads ${text}`, () => expect(milliseconds(text)).to.equal(ms));
  }
  for (const bad of ["", "10", "10 s", "-1s", "s", "1w", -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses ${JSON.stringify(bad)}`, () =>
      expect(() => milliseconds(bad)).to.throw(RangeError, "not a duration"));
  }
  const shown: [number, string][] = [
    [0.4, "0 ms"],
    [340, "340 ms"],
    [2_449, "2.4 s"],
    [59_960, "1 m 00 s"],
    [185_000, "3 m 05 s"],
    [3_599_600, "1 h 00 m"],
    [7_800_000, "2 h 10 m"],
  ];
  for (const [ms, text] of shown) {
    it(`writes ${ms} ms as ${text}`, () => expect(formatDuration(ms)).to.equal(text));
  }
});
