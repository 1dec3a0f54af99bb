import { expect } from "chai";
import fc from "fast-check";
import { checkFinish, reportedLimit } from "./chunks.ts";

describe("finishing a recording", () => {
  it("is complete with exactly the chunks 0..last", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.uniqueArray(fc.nat(60)), (last, seqs) => {
        const stored = seqs.toSorted((a, b) => a - b);
        const check = checkFinish(last, stored);
        const missing = Array.from({ length: last + 1 }, (_, seq) => seq).filter(
          (seq) => !stored.includes(seq),
        );
        const beyond = stored.filter((seq) => seq > last);
        expect(check.complete).to.equal(missing.length === 0 && beyond.length === 0);
        if (!check.complete) expect(check).to.deep.include({ missing, missingCount: missing.length, beyond });
      }),
    );
  });

  it("names only the first gaps of an absurd claim", () => {
    const check = checkFinish(1_000_000, [0, 3]);
    if (check.complete) throw new Error("expected gaps");
    expect(check.missing).to.have.length(reportedLimit);
    expect(check.missing.slice(0, 3)).to.deep.equal([1, 2, 4]);
    expect(check.missingCount).to.equal(999_999);
  });
});
