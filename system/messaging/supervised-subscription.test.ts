import { expect } from "chai";
import { createLogger } from "../telemetry/logger.ts";
import { SupervisedSubscription } from "./supervised-subscription.ts";

describe("a supervised subscription", () => {
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  it("begins anew when its session ends or does not start, and ends with its owner", async () => {
    const ends: PromiseWithResolvers<unknown>[] = [];
    let starts = 0;
    let disposed = 0;
    const subscription = new SupervisedSubscription(
      async () => {
        starts++;
        if (starts === 2) throw new Error("no broker");
        const end = Promise.withResolvers<unknown>();
        ends.push(end);
        return {
          ended: end.promise,
          joined: () => true,
          async [Symbol.asyncDispose]() {
            disposed++;
          },
        };
      },
      createLogger("test", "silent"),
    );

    await until(() => subscription.joined());
    ends[0]?.resolve(new Error("the stream died"));
    await until(() => !subscription.joined());
    await until(() => subscription.joined());
    expect([starts, disposed]).to.deep.equal([3, 1]);
    await subscription[Symbol.asyncDispose]();
    expect([starts, disposed]).to.deep.equal([3, 2]);
    expect(subscription.joined()).to.equal(false);
  });
});
