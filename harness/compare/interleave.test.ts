import { expect } from "chai";
import { interleave, type Ran, windowOrder } from "./interleave.ts";

describe("interleave", () => {
  const never = new AbortController().signal;

  it("has one window of either side in each pair, in an order that the seed decides", () => {
    for (let seed = 0; seed < 50; seed++) {
      const order = windowOrder(8, seed);
      expect(order).to.have.length(16).and.to.deep.equal(windowOrder(8, seed));
      for (let at = 0; at < order.length; at += 2) expect(order[at]).to.not.equal(order[at + 1]);
    }
  });

  it("lets either side begin a pair about as often", () => {
    const firsts = Array.from({ length: 200 }, (_, seed) => windowOrder(10, seed)).flatMap((order) =>
      order.filter((_, at) => at % 2 === 0),
    );
    const share = firsts.filter((side) => side === "a").length / firsts.length;
    expect(share).to.be.within(0.46, 0.54);
  });

  it("runs one window at a time and says whose it was", async () => {
    let running = 0;
    const run = (side: string) => async () => {
      expect(++running).to.equal(1);
      await Promise.resolve();
      running--;
      return `window of ${side}`;
    };
    const seen: Ran<string>[] = [];
    for await (const ran of interleave({ a: run("a"), b: run("b") }, { pairs: 3, seed: 7, signal: never })) {
      seen.push(ran);
    }
    expect(seen.map(({ side }) => side)).to.deep.equal(windowOrder(3, 7));
    expect(seen.map(({ pair }) => pair)).to.deep.equal([0, 0, 1, 1, 2, 2]);
    for (const { side, result } of seen) expect(result).to.equal(`window of ${side}`);
  });

  it("ends with the window that failed, and starts none after it was aborted", async () => {
    const controller = new AbortController();
    const run = async () => controller.abort(new Error("enough"));
    const runs: unknown[] = [];
    const all = async (windows: AsyncIterable<unknown>) => {
      for await (const ran of windows) runs.push(ran);
    };
    const said = (promise: Promise<void>) => promise.then(() => "nothing").catch((error) => error.message);
    expect(
      await said(all(interleave({ a: run, b: run }, { pairs: 2, seed: 1, signal: controller.signal }))),
    ).to.equal("enough");
    expect(runs).to.have.length(1);

    const broken = () => Promise.reject(new Error("no service"));
    expect(
      await said(all(interleave({ a: broken, b: broken }, { pairs: 2, seed: 1, signal: never }))),
    ).to.equal("no service");
  });
});
