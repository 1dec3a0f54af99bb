import { expect } from "chai";
import pc from "picocolors";
import { table } from "./table.ts";

describe("table", () => {
  it("aligns columns, and leaves no space at the end of a line", () => {
    expect(
      table([
        ["a", "long cell", "x"],
        ["longer", "b"],
      ]),
    ).to.equal("a       long cell  x\nlonger  b");
  });

  it("does not count colours", () => {
    const coloured = pc.createColors(true).red("a");
    expect(
      table([
        [coloured, "x"],
        ["bb", "y"],
      ]),
    ).to.equal(`${coloured}   x\nbb  y`);
  });

  it("of no rows is empty", () => {
    expect(table([])).to.equal("");
  });
});
