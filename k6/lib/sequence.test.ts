import { expect } from "chai";
import { Sequences } from "./sequence.ts";

describe("numbered series", () => {
  const see = (...numbers: number[]) => {
    const sequences = new Sequences();
    return numbers.map((number) => sequences.see("a", number));
  };
  const well = { missing: 0, repeated: false };

  it("are complete when each number follows the one before", () => {
    expect(see(0, 1, 2)).to.deep.equal([well, well, well]);
  });

  it("miss what was passed over, the first ones too", () => {
    expect(see(2, 3, 6)).to.deep.equal([
      { missing: 2, repeated: false },
      well,
      { missing: 2, repeated: false },
    ]);
  });

  it("may repeat what was there", () => {
    expect(see(0, 1, 1, 0, 2)).to.deep.equal([
      well,
      well,
      { missing: 0, repeated: true },
      { missing: 0, repeated: true },
      well,
    ]);
  });

  it("have nothing to do with each other", () => {
    const sequences = new Sequences();
    sequences.see("a", 0);
    expect(sequences.see("b", 1)).to.deep.equal({ missing: 1, repeated: false });
  });
});
