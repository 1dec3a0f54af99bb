import { expect } from "chai";
import fc from "fast-check";
import { UsageError } from "../util/errors.ts";
import { parseShard, planRuns, selectScenarios } from "./suite-select.ts";
import { fakeScenario } from "./testing/fake-suite.ts";

describe("what a suite runs", () => {
  const all = [
    fakeScenario("scenarios/ha/leader-crash.scenario.ts", { title: "a leader dies" }),
    fakeScenario("scenarios/ha/twenty-kills.scenario.ts", { title: "many kills", suite: "nightly" }),
    fakeScenario("scenarios/lock/exclusive.scenario.ts", { title: "one holder", key: "b" }),
    fakeScenario("scenarios/zebra/last.scenario.ts", { title: "the last" }),
  ];
  const names = (loaded: readonly { file: string }[]) =>
    loaded.map(({ file }) => file.replace(/^scenarios\/(.*)\.scenario\.ts$/, "$1"));

  it("is narrowed by suite, path and title", () => {
    expect(names(selectScenarios(all, {}))).to.have.length(4);
    expect(names(selectScenarios(all, { suite: "default" }))).not.to.include("ha/twenty-kills");
    expect(names(selectScenarios(all, { suite: "nightly" }))).to.deep.equal(["ha/twenty-kills"]);
    expect(names(selectScenarios(all, { grep: /ha\/.*dies/ }))).to.deep.equal(["ha/leader-crash"]);
    expect(names(selectScenarios(all, { grepInvert: /kill|lock/ }))).to.deep.equal([
      "ha/leader-crash",
      "zebra/last",
    ]);
    const lastFailed = new Set(["scenarios/lock/exclusive.scenario.ts"]);
    expect(names(selectScenarios(all, { lastFailed }))).to.deep.equal(["lock/exclusive"]);
  });

  it("has scenarios of one topology together, otherwise the order of paths, and repetitions by seed", () => {
    const runs = planRuns(all.toReversed(), { seed: 7, repeatEach: 2 });
    const order = ["ha/leader-crash", "ha/twenty-kills", "zebra/last", "lock/exclusive"];
    expect(names(runs)).to.deep.equal(order.flatMap((name) => [name, name]));
    expect(runs.map(({ seed }) => seed)).to.deep.equal([7, 8, 7, 8, 7, 8, 7, 8]);
  });

  it("is parted by shards into parts that do not overlap, in order, of sizes that differ by one at most", () => {
    const scenarios = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 });
    fc.assert(
      fc.property(
        scenarios,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        (keys, count, repeatEach) => {
          const loaded = keys.map((key, index) => fakeScenario(`x/${index}.scenario.ts`, { key }));
          const plan = { seed: 1, repeatEach };
          const parts = Array.from({ length: count }, (_, index) =>
            planRuns(loaded, { ...plan, shard: { index: index + 1, count } }),
          );
          expect(parts.flat()).to.deep.equal(planRuns(loaded, plan));
          const sizes = parts.map(({ length }) => length);
          expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1);
        },
      ),
    );
  });

  it("takes no shard that is none", () => {
    expect(parseShard("2/3")).to.deep.equal({ index: 2, count: 3 });
    for (const text of ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3"]) {
      expect(() => parseShard(text), text).to.throw(UsageError, text);
    }
  });
});
