import { expect } from "chai";
import fc from "fast-check";
import { failuresNeeded, repeatUntilDecided } from "./repeat.ts";

/** Outcomes in their order: F fails, . does not, ? says nothing. Asked for more, it throws. */
function outcomes(text: string) {
  const left = [...text];
  return async () => {
    const next = left.shift();
    if (next === undefined) throw new Error("it was decided before");
    return next === "?" ? undefined : next === "F";
  };
}

describe("repeating until it is decided", () => {
  const cases: [
    string,
    { repeats: number; share: number },
    { fails: boolean; failures: number; runs: number },
  ][] = [
    ["FF", { repeats: 3, share: 0.6 }, { fails: true, failures: 2, runs: 2 }],
    ["F.F", { repeats: 3, share: 0.6 }, { fails: true, failures: 2, runs: 3 }],
    ["..", { repeats: 3, share: 0.6 }, { fails: false, failures: 0, runs: 2 }],
    ["F..", { repeats: 3, share: 0.6 }, { fails: false, failures: 1, runs: 3 }],
    [".", { repeats: 3, share: 1 }, { fails: false, failures: 0, runs: 1 }],
    ["F", { repeats: 5, share: 0.1 }, { fails: true, failures: 1, runs: 1 }],
    ["?F?F", { repeats: 3, share: 0.6 }, { fails: true, failures: 2, runs: 2 }],
    ["???", { repeats: 3, share: 0.6 }, { fails: false, failures: 0, runs: 0 }],
  ];
  for (const [text, repeating, expected] of cases)
    it(`${text} of ${repeating.repeats}, in a share of ${repeating.share}`, async () => {
      expect(await repeatUntilDecided(outcomes(text), repeating)).to.deep.equal(expected);
    });

  it("decides as all repeats together would", async () => {
    const runs = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(runs, fc.double({ min: 0.01, max: 1, noNaN: true }), async (all, share) => {
        const repeating = { repeats: all.length, share };
        const { fails } = await repeatUntilDecided(
          outcomes(all.map((failed) => (failed ? "F" : ".")).join("")),
          repeating,
        );
        expect(fails).to.equal(all.filter(Boolean).length >= failuresNeeded(repeating));
      }),
    );
  });

  it("needs no more failures than the share says", () => {
    expect(failuresNeeded({ repeats: 5, share: 0.6 })).to.equal(3);
    expect(failuresNeeded({ repeats: 10, share: 0.7 })).to.equal(7);
    expect(failuresNeeded({ repeats: 3, share: 0.01 })).to.equal(1);
  });
});
