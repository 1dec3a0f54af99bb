import { expect } from "chai";
import fc from "fast-check";
import type { HistoryEvent } from "../history/event.ts";
import { UsageError } from "../util/errors.ts";
import { type SetFullOptions, setFull } from "./set-full.ts";
import { freshProcess, history, inserted, type Line } from "./testing/lines.ts";
import { type Client, simulate } from "./testing/simulation.ts";

const add = (process: number, value: unknown, type: "ok" | "fail" | "info" = "ok"): Line[] => [
  ["invoke", process, "add", { value }],
  [type, process, "add", { value }],
];
const read = (process: number, ...elements: unknown[]): Line[] => [
  ["invoke", process, "read"],
  ["ok", process, "read", { value: elements }],
];
const check = (lines: readonly Line[], options?: SetFullOptions) => setFull(options).check(history(...lines));
const types = (lines: readonly Line[], options?: SetFullOptions) =>
  check(lines, options).anomalies.map(({ type }) => type);
const linearizable = { staleFor: 0 };

describe("the set-full checker", () => {
  it("passes when every acknowledged element is read, and counts them", () => {
    const result = check([...add(0, 1), ...add(0, "b"), ...read(1, 1, "b")]);
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ known: 2, stable: 2, lost: 0, reads: 1 });
  });

  it("finds an acknowledged element that a later read misses", () => {
    const result = check([...add(0, 1), ...add(0, 2), ...read(1, 2)]);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["lost"]);
    expect(result.anomalies[0]?.message).to.include("element 1 was acknowledged (event 1)");
    expect(result.anomalies[0]?.witnesses.map(({ index }) => index)).to.deep.equal([1, 5]);
  });

  it("finds an element that was there and vanished, acknowledged or not", () => {
    expect(types([...add(0, 1), ...read(1, 1), ...read(1)])).to.deep.equal(["lost"]);
    expect(types([...add(0, 1, "info"), ...read(1, 1), ...read(1)])).to.deep.equal(["lost"]);
  });

  it("compares reads by real time: those that overlap may disagree", () => {
    const overlapping: Line[] = [
      ["invoke", 1, "read"],
      ["invoke", 2, "read"],
      ["ok", 2, "read", { value: [] }],
      ["ok", 1, "read", { value: [1] }],
    ];
    expect(types([...add(0, 1), ...overlapping])).to.deep.equal([]);
    const early: Line[] = [["invoke", 1, "read"], ...add(0, 1), ["ok", 1, "read", { value: [] }]];
    expect(types([...early, ...read(1, 1)], linearizable), "it began before the add's ok").to.deep.equal([]);
  });

  it("calls an element that a read missed and a later one showed stale, not lost", () => {
    const late = [...add(0, 1), ...read(1), ...read(1, 1)];
    expect(check(late).verdict).to.equal("passed");
    expect(check(late).counts).to.include({ stale: 1, lost: 0, "stale max (ms)": 1 });
    expect(types(late, linearizable)).to.deep.equal(["stale"]);
    expect(types(late, { staleFor: "1ms" })).to.deep.equal([]);
    expect(types([...add(0, 1), ...read(1), ...read(1), ...read(1, 1)], { staleFor: "1ms" })).to.deep.equal([
      "stale",
    ]);
  });

  it("measures staleness from the first sighting too", () => {
    expect(
      types([...add(0, 1, "info"), ...read(1, 1), ...read(1), ...read(1, 1)], linearizable),
    ).to.deep.equal(["stale"]);
  });

  it("finds an element that one read shows twice", () => {
    const result = check([...add(0, 1), ...add(0, 2), ...read(1, 1, 2, 1), ...read(1, 1, 2, 1)]);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["duplicated"]);
    expect(result.anomalies[0]?.message).to.include("element 1 is more than once in what event 5 read");
    expect(types([...add(0, 1), ...read(1, 1), ...read(1, 1)])).to.deep.equal([]);
  });

  it("finds an element that nobody added, or added later, or in vain", () => {
    expect(types([...add(0, 1), ...read(1, 1, 7)])).to.deep.equal(["unexpected"]);
    expect(types([...read(1, 1), ...add(0, 1), ...read(1, 1)])).to.deep.equal(["unexpected"]);
    expect(types([...add(0, 1, "fail"), ...add(0, 2), ...read(1, 1, 2)])).to.deep.equal(["unexpected"]);
    const meanwhile: Line[] = [
      ["invoke", 0, "add", { value: 1 }],
      ...read(1, 1),
      ["fail", 0, "add", { value: 1 }],
    ];
    expect(types(meanwhile), "it failed in the end").to.deep.equal(["unexpected"]);
  });

  it("expects what may have been added: info, under way, or added again", () => {
    expect(types([...add(0, 1, "info"), ...read(1, 1)])).to.deep.equal([]);
    expect(types([["invoke", 0, "add", { value: 1 }], ...read(1, 1)])).to.deep.equal([]);
    expect(types([...add(0, 1, "fail"), ...add(0, 1), ...read(1, 1)])).to.deep.equal([]);
  });

  it("does not miss what was never known, nor judge reads that did not succeed", () => {
    const result = check([...add(0, 1, "info"), ...add(1, 2), ...read(2, 2)]);
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ known: 1, unknown: 1 });
    const failed: Line[] = [
      ["invoke", 5, "read"],
      ["info", 5, "read"],
    ];
    expect(types([...add(0, 1), ...read(1, 1), ...failed])).to.deep.equal([]);
  });

  it("keeps sets apart by key, and tells values of different types apart", () => {
    const keyed = (lines: Line[], key: string) =>
      lines.map(([type, process, f, rest]): Line => [type, process, f, { ...rest, key }]);
    expect(
      types([...keyed(add(0, 1), "a"), ...keyed(read(1), "b"), ...keyed(read(1, 1), "a")]),
    ).to.deep.equal([]);
    expect(types([...add(0, 1), ...add(0, "1"), ...read(1, "1")])).to.deep.equal(["lost"]);
    expect(types([...add(0, { a: [1] }), ...read(1, { a: [1] })])).to.deep.equal([]);
  });

  it("is inconclusive without reads, without elements, and when one was never read", () => {
    expect(check([]).verdict).to.equal("inconclusive");
    expect(check(add(0, 1)).verdict).to.equal("inconclusive");
    expect(check(read(0)).verdict).to.equal("inconclusive");
    const result = check([...add(0, 1), ...read(1, 1), ...add(0, 2)]);
    expect(result.verdict).to.equal("inconclusive");
    expect(result.counts).to.include({ "never read": 1, stable: 1 });
  });

  it("refuses a read that is no list, naming the event", () => {
    const odd: Line[] = [
      ["invoke", 0, "read"],
      ["ok", 0, "read", { value: 7 }],
    ];
    expect(() => check(odd)).to.throw(UsageError, "event 1 (ok read)");
  });

  it("shows a large read by its invoke", () => {
    const many = Array.from({ length: 101 }, (_, n) => n);
    const { anomalies } = check([...many.flatMap((n) => add(0, n)), ...add(0, "x"), ...read(1, ...many)]);
    expect(anomalies[0]?.witnesses.map(({ f, type }) => `${f} ${type}`)).to.deep.equal([
      "add ok",
      "read invoke",
    ]);
  });
});

/** Users of a linearizable set: each adds what nobody else does, or reads it all. */
function setUsers(count: number): Client[] {
  const set = new Set<number>();
  let next = 0;
  return Array.from(
    { length: count },
    (): Client => (pick) =>
      pick(3) === 0
        ? { f: "read", act: () => ({ type: "ok", value: [...set] }) }
        : adding(next++, () => (pick(6) === 0 ? "fail" : "ok")),
  );

  function adding(value: number, outcome: () => "ok" | "fail") {
    return {
      f: "add",
      value,
      act: () => {
        const type = outcome();
        if (type === "ok") set.add(value);
        return { type };
      },
    };
  }
}

describe("the set-full checker: any history", () => {
  const executions = fc
    .tuple(fc.integer({ min: 2, max: 5 }), fc.array(fc.nat(), { minLength: 200, maxLength: 200 }))
    .map(([users, picks]) => simulate(setUsers(users), picks));
  /** The history and a last read by a fresh client of all that was seen or acknowledged. */
  const elementsOf = (events: readonly HistoryEvent[]) => [
    ...new Set(
      events.flatMap(({ f, type, value }) =>
        type !== "ok" ? [] : f === "read" ? (value as number[]) : f === "add" ? [value as number] : [],
      ),
    ),
  ];
  const withLastRead = (events: readonly HistoryEvent[], elements: readonly unknown[]) =>
    inserted(events, events.length, history(...read(freshProcess(events), ...elements)));

  it("passes every correct execution, even as linearizable", () => {
    fc.assert(
      fc.property(executions, (events) => {
        const all = elementsOf(events);
        const { verdict, anomalies } = setFull(linearizable).check(withLastRead(events, all));
        expect(anomalies).to.deep.equal([]);
        expect(verdict).to.equal(all.length === 0 ? "inconclusive" : "passed");
      }),
    );
  });

  it("finds one injected anomaly, and names it right", () => {
    const injections: Record<string, (all: readonly number[], victim: number) => unknown[][]> = {
      lost: (all, victim) => [all.filter((element) => element !== victim)],
      stale: (all, victim) => [all.filter((element) => element !== victim), [...all]],
      duplicated: (all, victim) => [[...all, victim]],
      unexpected: (all) => [[...all, "nobody's"]],
    };
    fc.assert(
      fc.property(executions, fc.nat(), fc.constantFrom(...Object.keys(injections)), (events, pick, type) => {
        const all = elementsOf(events);
        const victim = all[pick % Math.max(1, all.length)];
        fc.pre(victim !== undefined);
        const reads = injections[type]?.(all, victim) ?? [];
        const harmed = reads.reduce<HistoryEvent[]>(
          (before, elements) => withLastRead(before, elements),
          events,
        );
        const { anomalies } = setFull(linearizable).check(harmed);
        expect(anomalies.map((found) => found.type)).to.deep.equal([type]);
        expect(anomalies[0]?.message).to.include(type === "unexpected" ? "nobody's" : `element ${victim} `);
      }),
    );
  });
});
