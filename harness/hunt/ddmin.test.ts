import { expect } from "chai";
import fc from "fast-check";
import { ddmin } from "./ddmin.ts";

/** Ten faults, of which some are needed. */
const items = Array.from({ length: 10 }, (_, index) => index);

describe("ddmin", () => {
  it("finds exactly what is needed, wherever it is, with far fewer tries than there are parts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 4 }),
        async (needed) => {
          let tries = 0;
          const found = await ddmin(items, async (part) => {
            tries++;
            return needed.every((item) => part.includes(item));
          });
          expect([...found].sort()).to.deep.equal(needed.toSorted());
          expect(tries).to.be.below(120); // of 1023 parts
        },
      ),
    );
  });

  it("of several ways to fail finds one, and nothing can be left out of it", async () => {
    const ways = fc.array(fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(ways, async (all) => {
        const fails = async (part: readonly number[]) =>
          all.some((way) => way.every((item) => part.includes(item)));
        const found = await ddmin(items, fails);
        expect(await fails(found)).to.equal(true);
        for (const item of found)
          expect(await fails(found.filter((other) => other !== item))).to.equal(false);
      }),
    );
  });

  it("keeps the order", async () => {
    const found = await ddmin(items, async (part) => [2, 5, 7].every((item) => part.includes(item)));
    expect(found).to.deep.equal([2, 5, 7]);
  });

  it("leaves a single one as it is", async () => {
    expect(await ddmin([1], async () => true)).to.deep.equal([1]);
  });
});
