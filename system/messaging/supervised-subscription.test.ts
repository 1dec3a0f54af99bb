import { expect } from "chai";
import { quietHooks } from "../testing/quiet-hooks.ts";
import { type ConsumerSession, type SessionEnd, SupervisedSubscription } from "./supervised-subscription.ts";

describe("a supervised subscription", () => {
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  let ends: PromiseWithResolvers<SessionEnd>[];
  let disposed: number;
  let told: string[];
  const hooks = {
    ...quietHooks,
    onSessionStarted: () => told.push("started"),
    onSessionEnded: (_group: string, reason: string) => told.push(reason),
  };
  const session = (start: () => Promise<void>): ConsumerSession => {
    const end = Promise.withResolvers<SessionEnd>();
    ends.push(end);
    return {
      start,
      ended: end.promise,
      joined: () => true,
      async [Symbol.asyncDispose]() {
        disposed++;
      },
    };
  };

  beforeEach(() => {
    ends = [];
    disposed = 0;
    told = [];
  });

  it("begins anew when its session ends or does not start, and ends with its owner", async () => {
    const start = async () => {
      if (ends.length === 2) throw new Error("no broker");
    };
    const subscription = new SupervisedSubscription(() => session(start), "group", hooks);
    await until(() => subscription.joined());
    ends[0]?.resolve({ reason: "fenced" });
    await until(() => !subscription.joined());
    await until(() => subscription.joined());
    expect([ends.length, disposed]).to.deep.equal([3, 2]);
    await subscription[Symbol.asyncDispose]();
    expect([ends.length, disposed]).to.deep.equal([3, 3]);
    expect(subscription.joined()).to.equal(false);
    expect(told).to.deep.equal(["started", "fenced", "not-started", "started", "closed"]);
  });

  it("does not wait for a session that never starts when its owner goes", async () => {
    const subscription = new SupervisedSubscription(
      () => session(() => new Promise(() => {})),
      "group",
      hooks,
    );
    await until(() => ends.length === 1);
    await subscription[Symbol.asyncDispose]();
    expect([disposed, told]).to.deep.equal([1, ["closed"]]);
  });

  it("begins anew when a session ends before it has started", async () => {
    const start = () => (ends.length === 1 ? new Promise<void>(() => {}) : Promise.resolve());
    const subscription = new SupervisedSubscription(() => session(start), "group", hooks);
    await until(() => ends.length === 1);
    ends[0]?.resolve({ reason: "heartbeat-stalled" });
    await until(() => subscription.joined());
    expect(told).to.deep.equal(["heartbeat-stalled", "started"]);
    await subscription[Symbol.asyncDispose]();
  });
});
