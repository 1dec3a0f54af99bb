import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { mixed } from "./mixed.ts";
import { fakeContext } from "./testing/fake-context.ts";
import type { Workload } from "./workload.ts";

/** A workload that notes what is asked of it. */
function noting(name: string, notes: string[], drained: () => Promise<void> = async () => {}): Workload {
  const note = (what: string) => notes.push(`${name} ${what}`);
  return {
    name,
    description: `does ${name}`,
    start: () => {
      note("started");
      return {
        stop: () => note("stopped"),
        drained,
        finalReads: async () => void note("read"),
        stats: () => ({ sent: 1 }),
        [Symbol.asyncDispose]: async () => void note("ended"),
      };
    },
  };
}

describe("several workloads at once", () => {
  it("go through their lives together, and tell their counts by name", async () => {
    using fake = fakeContext();
    const notes: string[] = [];
    const workload = mixed([noting("a", notes), noting("b", notes)]);
    expect(workload.description).to.equal("does a; does b");
    const running = workload.start(fake.context);
    expect(running.stats()).to.deep.equal({ "a sent": 1, "b sent": 1 });
    await running.drained();
    await running.finalReads();
    await running[Symbol.asyncDispose]();
    const phases = ["started", "stopped", "read", "ended"];
    expect(notes).to.deep.equal(phases.flatMap((phase) => [`a ${phase}`, `b ${phase}`]));
  });

  it("tell the first failure when all have come to their end", async () => {
    using fake = fakeContext();
    const ended: string[] = [];
    const running = mixed([
      noting("a", [], () => Promise.reject(new Error("a is broken"))),
      noting("b", [], async () => void ended.push("b")),
    ]).start(fake.context);
    expect(await running.drained().catch((error: Error) => error.message)).to.equal("a is broken");
    expect(ended).to.deep.equal(["b"]);
  });

  it("end those that began when another cannot", () => {
    using fake = fakeContext();
    const notes: string[] = [];
    const wrong: Workload = {
      ...noting("b", notes),
      start: () => {
        throw new UsageError("b: nothing to drive");
      },
    };
    expect(() => mixed([noting("a", notes), wrong]).start(fake.context)).to.throw(
      UsageError,
      "nothing to drive",
    );
    expect(notes).to.deep.equal(["a started", "a ended"]);
  });

  it("are at least one, each with a name of its own", () => {
    expect(() => mixed([])).to.throw(UsageError, "at least one");
    expect(() => mixed([noting("a", []), noting("a", [])])).to.throw(UsageError, "one name");
  });
});
