import { expect } from "chai";
import { timeAxis } from "./axis.ts";
import { ownerLanes, type Tenure } from "./owners.ts";

const axis = timeAxis(0, 100e9);
const tenure = (owner: string, from: number, to: number, what = "L"): Tenure => {
  return { what, owner, from: from * 1e9, to: to * 1e9 };
};
const told = (tenures: Tenure[]) =>
  ownerLanes(tenures, axis).lanes.map(({ label, stretches }) => [
    label,
    ...stretches.map(
      ({ from, to, holders }) => `${from / 1e9}-${to / 1e9} ${holders.map(({ owner }) => owner).join("+")}`,
    ),
  ]);

describe("lanes of owners", () => {
  it("follow one another, with nothing where nobody held", () => {
    expect(told([tenure("a", 1, 5), tenure("b", 5, 8), tenure("a", 20, 30)])).to.deep.equal([
      ["L", "1-5 a", "5-8 b", "20-30 a"],
    ]);
  });

  it("show several at once as a stretch of its own", () => {
    expect(told([tenure("a", 1, 10), tenure("b", 5, 20)])).to.deep.equal([
      ["L", "1-5 a", "5-10 a+b", "10-20 b"],
    ]);
  });

  it("put the things with trouble first, and say how many are left out", () => {
    const many = Array.from({ length: 40 }, (_, n) => tenure("a", 1, 2, `lock ${n}`));
    const { lanes, left } = ownerLanes([...many, tenure("a", 1, 9, "Z"), tenure("b", 3, 4, "Z")], axis);
    expect(lanes[0]?.label).to.equal("Z");
    expect(lanes).to.have.length(30);
    expect(left).to.equal(11);
  });

  it("have one stretch a bucket at most, and the one with several owners of all", () => {
    const short = Array.from({ length: 500 }, (_, n) =>
      tenure("a", 10 + n / 10_000, 10 + (n + 0.9) / 10_000),
    );
    expect(told([...short, tenure("b", 10.02, 10.02001)])).to.deep.equal([["L", "10.02-10.02001 a+b"]]);
  });
});
