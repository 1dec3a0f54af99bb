import { expect } from "chai";
import { offsetsOf } from "./offsets.ts";

const records = [0, 1, 0, 2, 1].map((partition) => ({ partition }));

describe("the offsets of a send's records", () => {
  it("follow each other in each partition", () => {
    const written = [
      { partition: 1, baseOffset: "7" },
      { partition: 0, baseOffset: "40" },
      { partition: 2, baseOffset: "0" },
    ];
    expect(offsetsOf(records, written)).to.deep.equal([40, 7, 41, 0, 8]);
  });

  it("are not made up where the client tells none", () => {
    const written = [{ partition: 0, baseOffset: "-1" }, { partition: 1 }];
    expect(offsetsOf(records, written)).to.deep.equal(Array.from({ length: 5 }, () => undefined));
    expect(offsetsOf(records, [])).to.have.lengthOf(5);
  });
});
