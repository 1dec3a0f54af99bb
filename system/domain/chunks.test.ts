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

  it("works out for chunks in any order and repeated, as soon as none is missing and never before", () => {
    const arrivals = fc
      .integer({ min: 0, max: 12 })
      .chain((last) => fc.tuple(fc.constant(last), fc.array(fc.nat(last), { maxLength: 60 })));
    fc.assert(
      fc.property(arrivals, ([last, seqs]) => {
        const stored = new Set<number>();
        for (const seq of seqs) {
          stored.add(seq);
          const check = checkFinish(
            last,
            [...stored].toSorted((a, b) => a - b),
          );
          expect(check.complete).to.equal(stored.size === last + 1);
          // What it says is missing is what the client must send: with exactly that the recording is complete.
          if (check.complete) continue;
          const mended = [...stored, ...check.missing].toSorted((a, b) => a - b);
          expect(checkFinish(last, mended).complete).to.equal(true);
        }
      }),
    );
  });
});
