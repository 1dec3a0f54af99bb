import { expect } from "chai";
import type { IncomingMessage } from "./messaging.ts";
import { OffsetCommitter } from "./offset-committer.ts";

const message = (offset: number): IncomingMessage => ({
  topic: "t",
  partition: 0,
  offset: BigInt(offset),
  key: "k",
  value: "",
  headers: {},
});

describe("the offset committer", () => {
  const attempts: { offset: number; gate: PromiseWithResolvers<void> }[] = [];
  let failures: number;
  let committer: OffsetCommitter;
  const offsets = () => attempts.map((attempt) => attempt.offset);
  const settle = async () => {
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  beforeEach(() => {
    attempts.length = 0;
    failures = 0;
    committer = new OffsetCommitter(
      {
        commit: ({ offset }) => {
          const gate = Promise.withResolvers<void>();
          attempts.push({ offset: Number(offset), gate });
          return gate.promise;
        },
        onCommitFailure: () => failures++,
      },
      { now: () => 0, sleep: async () => {} },
    );
  });

  it("commits one at a time, the latest", async () => {
    for (const offset of [1, 2, 3]) committer.handled(message(offset));
    expect(offsets()).to.deep.equal([1]);
    attempts[0]?.gate.resolve();
    await settle();
    expect(offsets()).to.deep.equal([1, 3]);
    attempts[1]?.gate.resolve();
    await committer.flushed();
    expect(offsets()).to.deep.equal([1, 3]);
  });

  it("commits again what failed, or what has come since", async () => {
    committer.handled(message(1));
    attempts[0]?.gate.reject(new Error("no coordinator"));
    await settle();
    expect(offsets()).to.deep.equal([1, 1]);
    committer.handled(message(2));
    attempts[1]?.gate.reject(new Error("no coordinator"));
    await settle();
    expect(offsets()).to.deep.equal([1, 1, 2]);
    expect(failures).to.equal(2);
  });

  it("forgets what is not its business any more", async () => {
    committer.handled(message(1));
    committer.handled(message(2));
    committer.reset();
    attempts[0]?.gate.reject(new Error("rebalanced"));
    await committer.flushed();
    expect(offsets()).to.deep.equal([1]);
  });
});
