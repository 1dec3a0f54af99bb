import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { malformed, poison, poisonAt } from "./poison.ts";
import { fakeContext } from "./testing/fake-context.ts";

describe("the poison workload", () => {
  it("puts each kind of malformed record into each topic, in turn", () => {
    for (const topics of [["a"], ["a", "b", "c"]]) {
      const rounds = Array.from({ length: malformed.length * topics.length * 2 }, (_, n) =>
        poisonAt(n, topics),
      );
      const seen = new Set(rounds.map(({ kind, topic }) => `${kind} in ${topic}`));
      expect(seen.size).to.equal(malformed.length * topics.length);
    }
  });

  it("refuses settings that make no sense", () => {
    using fake = fakeContext();
    expect(() => poison({ rate: 0, topics: ["t"], group: "g" })).to.throw(UsageError, "rate must be above 0");
    expect(() => poison({ rate: 1, topics: [], group: "g" })).to.throw(UsageError, "at least one topic");
    const workload = poison({ rate: 1, topics: ["t"], group: "g" });
    expect(() => workload.start(fake.context)).to.throw(UsageError, "no Kafka");
  });
});
