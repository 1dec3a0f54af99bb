import { expect } from "chai";
import { SuiteQueue } from "./suite-queue.ts";
import { fakeRun } from "./testing/fake-suite.ts";

describe("the queue of a suite", () => {
  const runs = ["a", "a", "a", "b", "b", "c"].map((key, index) =>
    fakeRun(`x/${key}${index}.scenario.ts`, { key }),
  );
  const take = (queue: SuiteQueue, lane: number) => queue.next(lane)?.scenario.topology.key;

  it("hands one lane everything in order", () => {
    const queue = new SuiteQueue(runs);
    expect(Array.from(runs, () => queue.next(0)?.place)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(queue.next(0)).to.equal(undefined);
  });

  it("gives each lane a topology of its own while it can, and then lets it help", () => {
    const queue = new SuiteQueue(runs);
    expect([take(queue, 0), take(queue, 1)]).to.deep.equal(["a", "b"]);
    expect([take(queue, 1), take(queue, 1)]).to.deep.equal(["b", "c"]);
    expect([take(queue, 1), take(queue, 0), take(queue, 0)]).to.deep.equal(["a", "a", undefined]);
  });
});
