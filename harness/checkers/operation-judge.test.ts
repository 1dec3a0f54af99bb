import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { Budget } from "./budget.ts";
import { mutex } from "./mutex.ts";
import { AnomalyList } from "./operation-judge.ts";
import { history, type Line } from "./testing/lines.ts";

const acquire = (process: number): Line[] => [
  ["invoke", process, "acquire"],
  ["ok", process, "acquire"],
];

describe("a checker that judges operations as they come", () => {
  it("says the same of a history that streams by as of one that is held", () => {
    const events = history(...acquire(0), ...acquire(1));
    const stream = mutex().stream?.();
    for (const event of events) stream?.add(event);
    expect(stream?.end()).to.deep.equal(mutex().check(events));
  });

  it("is inconclusive past its budget, with what was spent", () => {
    const overspent = new Budget({ memoryBytes: 1024 ** 2, memoryUsed: () => 2 * 1024 ** 2 });
    const result = mutex().check(history(...acquire(0)), overspent);
    expect(result.verdict).to.equal("inconclusive");
    expect(result.reason).to.include("gave up after 0 events").and.to.include("used 2 MiB of memory");
  });

  it("stops reading when the budget ends, and keeps what it found before", () => {
    let asked = 0;
    const budget = () => new Budget({ memoryBytes: 1, memoryUsed: () => (asked++ === 0 ? 0 : 2) });
    const many = history(...Array.from({ length: 5_000 }, () => acquire(0)).flat());
    expect(mutex().check(many, budget()).reason).to.match(/gave up after 1024 events/);
    asked = 0;
    const found = mutex().check([...history(...acquire(0), ...acquire(1)), ...many.slice(4)], budget());
    expect(found.verdict).to.equal("failed");
  });

  it("refuses a history that breaks the format", () => {
    expect(() => mutex().check(history(["ok", 0, "acquire"]))).to.throw(UsageError, "event 0");
  });
});

describe("a list of anomalies", () => {
  it("shows the first hundred of a type and counts all", () => {
    const list = new AnomalyList();
    for (let n = 0; n < 250; n++) list.add("lost", `${n} is lost`, []);
    list.add("stale", "one is stale", []);
    expect(list.shown).to.have.length(101);
    expect(list.totals).to.deep.equal({ lost: 250, stale: 1 });
  });
});
