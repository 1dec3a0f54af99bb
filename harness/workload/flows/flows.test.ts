import { expect } from "chai";
import { flowsHold } from "../../checkers/flows-hold.ts";
import { UsageError } from "../../util/errors.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { type Flow, flows } from "./flows.ts";

const service = { name: "stt-1", baseUrl: "http://127.0.0.1:9" };
const walk: Flow = {
  name: "walk",
  run: async ({ step }) => {
    await step("left", async () => {});
    await step("right", async () => {});
  },
};

async function run(list: readonly Flow[], ...[options]: [Parameters<typeof flows>[1]?]) {
  using fake = fakeContext();
  await using running = flows(list, options).start({ ...fake.context, services: [service] });
  await running.finished?.();
  const { events } = fake.history;
  return { events, stats: running.stats(), result: flowsHold().check(events) };
}

describe("flows", () => {
  it("run once by each interface, one after another, and record their steps", async () => {
    const { events, stats, result } = await run([walk]);
    const ended = events.filter(({ type }) => type === "ok").map(({ f, key, value }) => [f, key, value]);
    expect(ended).to.deep.equal(
      ["walk, over REST", "walk, over STOMP"].flatMap((key) => [
        ["step", key, "left"],
        ["step", key, "right"],
        ["flow", key, null],
      ]),
    );
    expect(stats).to.deep.equal({ passed: 2, failed: 0, toCome: 0 });
    expect(result).to.deep.include({
      verdict: "passed",
      reason: "2 flows, 4 steps: all as they should",
    });
  });

  it("fail by the step that throws, and the next one runs all the same", async () => {
    const fall: Flow = {
      name: "fall",
      run: async ({ step }) => {
        await step("up", async () => {});
        await step("down", async () => {
          throw new Error("too steep");
        });
      },
    };
    const { stats, result } = await run([fall, walk], { over: ["REST"] });
    expect(stats).to.deep.equal({ passed: 1, failed: 1, toCome: 0 });
    expect(result.verdict).to.equal("failed");
    const [broken] = result.anomalies;
    expect(broken?.type).to.equal("broken-flow");
    expect(broken?.message).to.equal("fall, over REST: down: too steep");
    expect(broken?.witnesses.map(({ f, type }) => `${f} ${type}`)).to.deep.equal([
      "step ok",
      "step fail",
      "flow fail",
    ]);
  });

  it("fail by what is found between the steps", async () => {
    const look: Flow = {
      name: "look",
      run: async () => {
        throw new Error("nothing there");
      },
    };
    const { result } = await run([look], { over: ["STOMP"] });
    expect(result.anomalies[0]?.message).to.equal("look, over STOMP: nothing there");
  });

  it("fail when they take too long", async () => {
    const wait: Flow = { name: "wait", run: () => new Promise(() => {}) };
    const { result } = await run([wait], { over: ["REST"], within: "5ms" });
    expect(result.anomalies[0]?.message).to.equal("wait, over REST: the flow took longer than 5 ms");
  });

  it("are open when the run is ended, which proves nothing", async () => {
    using fake = fakeContext();
    const wait: Flow = { name: "wait", run: () => new Promise(() => {}) };
    const running = flows([wait, walk]).start({ ...fake.context, services: [service] });
    await running[Symbol.asyncDispose]();
    const result = flowsHold().check(fake.history.events);
    expect(result.verdict).to.equal("inconclusive");
    expect(result.reason).to.equal('"wait, over REST" was not run to its end');
  });

  it("need a name of their own, and something to speak to", () => {
    using fake = fakeContext();
    expect(() => flows([])).to.throw(UsageError, "at least one");
    expect(() => flows([walk, walk])).to.throw(UsageError, "two flows have one name");
    expect(() => flows([walk]).start({ ...fake.context, services: [] })).to.throw(UsageError, "no instance");
  });
});

describe("the flows checker", () => {
  it("is inconclusive without a flow", () => {
    expect(flowsHold().check([])).to.deep.include({ verdict: "inconclusive", reason: "no flow was run" });
  });
});
