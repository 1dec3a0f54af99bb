import { expect } from "chai";
import { stages } from "../run/run-event.ts";
import { progressTree } from "./progress-tree.ts";

describe("progress tree", () => {
  it("leaves Ctrl-C to the run, which heals before it ends", async () => {
    const before = process.listeners("SIGINT");
    const tree = progressTree("a scenario");
    for (const stage of stages) tree.observer({ type: "stage", stage, state: "started" });
    // The library listens, if it does, once the tree is drawn.
    await new Promise((resolve) => setImmediate(resolve));
    const during = process.listeners("SIGINT");
    await tree.finish();
    expect(during).to.deep.equal(before);
  });
});
