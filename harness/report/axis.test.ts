import { expect } from "chai";
import fc from "fast-check";
import { bucketOf, bucketStart, timeAxis } from "./axis.ts";

const S = 1e9;

describe("time axis", () => {
  it("takes the finest nice step that needs at most the limit of buckets", () => {
    expect(timeAxis(0, 90 * S)).to.deep.equal({ from: 0, step: 0.5 * S, buckets: 180 });
    expect(timeAxis(0, 301 * S).step).to.equal(1 * S);
    expect(timeAxis(0, 8 * 3_600 * S)).to.deep.equal({ from: 0, step: 60 * S, buckets: 480 });
  });

  it("starts on a multiple of its step", () => {
    const axis = timeAxis(5.7 * S, 9 * S);
    expect(bucketStart(axis, 0)).to.equal(5.5);
    expect(axis.buckets).to.equal(7);
  });

  it("puts times outside into the first or last bucket", () => {
    const axis = timeAxis(10 * S, 20 * S);
    expect(bucketOf(axis, 0)).to.equal(0);
    expect(bucketOf(axis, 10.5 * S)).to.equal(1);
    expect(bucketOf(axis, 99 * S)).to.equal(axis.buckets - 1);
  });

  it("covers any run, however long, with at most 600 buckets", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 1e8 }), (from, length) => {
        const axis = timeAxis(from * S, (from + length) * S);
        expect(axis.buckets).to.be.within(1, 600);
        expect(bucketStart(axis, 0)).to.be.at.most(from);
        expect(bucketStart(axis, axis.buckets)).to.be.at.least(from + length);
      }),
    );
  });
});
