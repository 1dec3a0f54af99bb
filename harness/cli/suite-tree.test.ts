import { expect } from "chai";
import { fakeRun } from "../run/testing/fake-suite.ts";
import { SuiteProgress } from "./suite-progress.ts";
import { suiteTree } from "./suite-tree.ts";

describe("tree of a suite", () => {
  it("leaves Ctrl-C to the runs, which heal before they end", async () => {
    const before = process.listeners("SIGINT");
    const runs = [fakeRun("scenarios/ha/leader-crash.scenario.ts")];
    const progress = new SuiteProgress(runs, [{ ms: 1, earlierRuns: 0 }], { workers: 1, now: () => 0 });
    const tree = suiteTree(progress, new AbortController().signal);
    tree.observer({ type: "started", place: 0 });
    // The library listens, if it does, once the tree is drawn.
    await new Promise((resolve) => setImmediate(resolve));
    const during = process.listeners("SIGINT");
    await tree.finish();
    expect(during).to.deep.equal(before);
  });
});
