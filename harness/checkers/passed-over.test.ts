import { expect } from "chai";
import { passedOver } from "./passed-over.ts";
import { made } from "./testing/made-history.ts";

const put = (offset: number, partition = "t-0") => ({
  ...{ f: "poison", at: offset, end: offset + 1, value: { partition, offset, kind: "no JSON" } },
});
const position = (value: Record<string, number>) => ({ f: "group-position", at: 100, end: 101, value });
const check = (...operations: Parameters<typeof made>[0]) => passedOver().check(made(operations));

describe("the passed-over checker", () => {
  it("passes when the group is above every malformed record", () => {
    const result = check(put(3), put(7), position({ "t-0": 8 }));
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.deep.equal({ records: 2, kinds: 1 });
  });

  it("finds the records that the group has not gone past", () => {
    const { anomalies } = check(put(3), put(7), put(1, "t-1"), position({ "t-0": 7 }));
    expect(anomalies.map(({ type, message }) => [type, message])).to.deep.equal([
      ["stuck-at-poison", "the group stands at no offset of t-1, at or before the no JSON record at 1"],
      ["stuck-at-poison", "the group stands at 7 of t-0, at or before the no JSON record at 7"],
    ]);
  });

  it("is inconclusive without records, or without a final position", () => {
    expect(check(position({})).verdict).to.equal("inconclusive");
    expect(check(put(3)).verdict).to.equal("inconclusive");
  });
});
