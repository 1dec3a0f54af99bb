import { expect } from "chai";
import { closedLoop, loopSamples } from "./closed-loop.ts";

describe("closed loop", () => {
  const { signal } = new AbortController();

  it("lets each user ask again when answered, and never twice at once", async () => {
    const underWay = new Map<number, number>();
    let most = 0;
    const { times, perSecond } = await closedLoop({ users: 3, forMs: 20, signal }, async (user) => {
      underWay.set(user, (underWay.get(user) ?? 0) + 1);
      most = Math.max(most, ...underWay.values());
      await new Promise(setImmediate);
      underWay.set(user, (underWay.get(user) ?? 0) - 1);
    });
    expect([...underWay.keys()]).to.deep.equal([0, 1, 2]);
    expect(most).to.equal(1);
    expect(times.length).to.be.above(2);
    expect(perSecond).to.be.above(0);
  });

  it("ends with the first request that fails, or when it is interrupted", async () => {
    const failing = closedLoop({ users: 2, forMs: 60_000, signal }, () => Promise.reject(new Error("no")));
    expect(await failing.catch((error: Error) => error.message)).to.equal("no");
    const interrupted = { users: 2, forMs: 60_000, signal: AbortSignal.abort(new Error("Ctrl-C")) };
    const ended = closedLoop(interrupted, () => Promise.resolve());
    expect(await ended.catch((error: Error) => error.message)).to.equal("Ctrl-C");
  });

  it("makes series of its rate and quantiles", () => {
    const times = Array.from({ length: 101 }, (_, n) => n);
    expect(loopSamples("x", { perSecond: 7, times })).to.deep.equal({
      x: [7],
      "x p50": [50],
      "x p95": [95],
      "x p99": [99],
    });
  });
});
