import { expect } from "chai";
import { together } from "./together.ts";

describe("together", () => {
  it("has the values in the order of the work", async () => {
    expect(await together([Promise.resolve(1), Promise.resolve(2)])).to.deep.equal([1, 2]);
  });

  it("throws a failure only when all have ended", async () => {
    const slow = Promise.withResolvers<void>();
    let ended = false;
    const slowly = slow.promise.then(() => {
      ended = true;
    });
    const all = together([Promise.reject(new Error("broke")), slowly]);
    const outcome = all.catch((error: Error) => `${error.message}, ended: ${ended}`);
    slow.resolve();
    expect(await outcome).to.equal("broke, ended: true");
  });
});
