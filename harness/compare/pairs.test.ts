import { expect } from "chai";
import { interleavedPairs } from "./pairs.ts";
import { windowOf } from "./testing/windows.ts";

/** `ABBA` as the windows of A and of B, by minute. */
const sidesOf = (order: string) => {
  const of = (side: string) =>
    [...order].flatMap((one, minute) => (one === side ? [windowOf(`${side}${minute}`, minute, 1)] : []));
  return { a: of("A"), b: of("B") };
};
const pairsOf = (order: string) => {
  const { a, b } = sidesOf(order);
  return interleavedPairs(a.toReversed(), b)?.pairs.map((pair) => `${pair.a.name} ${pair.b.name}`);
};

describe("pairs of windows", () => {
  it("are neighbours in time, whichever side was first", () => {
    expect(pairsOf("ABAB")).to.deep.equal(["A0 B1", "A2 B3"]);
    expect(pairsOf("ABBA")).to.deep.equal(["A0 B1", "A3 B2"]);
    expect(pairsOf("BA")).to.deep.equal(["A1 B0"]);
  });

  it("leave out the last window of a run that ended within a pair", () => {
    const { a, b } = sidesOf("ABBAB");
    expect(interleavedPairs(a, b)).to.deep.include({ left: b.at(-1) });
    expect(pairsOf("ABBAB")).to.deep.equal(["A0 B1", "A3 B2"]);
  });

  it("are none where the sides did not take turns", () => {
    for (const order of ["AABB", "AAAA", "A", "AAB", "ABBBAA", "BAAABB", "ABABAA"]) {
      expect(pairsOf(order), order).to.equal(undefined);
    }
  });
});
