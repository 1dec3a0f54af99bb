import { expect } from "chai";
import fc from "fast-check";
import type { HistoryEvent } from "../history/event.ts";
import { UsageError } from "../util/errors.ts";
import { type MutexOptions, mutex } from "./mutex.ts";
import { freshProcess, history, inserted, type Line } from "./testing/lines.ts";
import { type Client, simulate } from "./testing/simulation.ts";

const key = "L";
const acquire = (process: number, fence?: number): Line[] => [
  ["invoke", process, "acquire", { key }],
  ["ok", process, "acquire", { key, value: fence === undefined ? null : { fence } }],
];
const release = (process: number, type: "ok" | "fail" | "info" = "ok"): Line[] => [
  ["invoke", process, "release", { key }],
  [type, process, "release", { key }],
];
const write = (process: number, fence: number, type: "ok" | "fail" | "info" = "ok"): Line[] => [
  ["invoke", process, "guarded-write", { key: "R", value: { fence, value: "v" } }],
  [type, process, "guarded-write", { key: "R", value: { fence, value: "v" } }],
];
const check = (lines: readonly Line[], options?: MutexOptions) => mutex(options).check(history(...lines));
const types = (lines: readonly Line[], options?: MutexOptions) =>
  check(lines, options).anomalies.map(({ type }) => type);

describe("the mutex checker: holds", () => {
  it("passes holds that follow one another, and counts them", () => {
    const result = check([...acquire(0), ...release(0), ...acquire(1), ...release(1)]);
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ locks: 1, acquired: 2, overlaps: 0 });
  });

  it("finds two owners at once, and shows both", () => {
    const result = check([...acquire(0), ...acquire(1), ...release(0), ...release(1)]);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["overlapping-holds"]);
    expect(result.anomalies[0]?.witnesses.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3]);
    expect(result.reason).to.include('"L" was acquired by process 1 (event 3) while held by process 0');
  });

  it("finds an owner that never released", () => {
    expect(types([...acquire(0), ...acquire(1)])).to.deep.equal(["overlapping-holds"]);
  });

  it("ends a hold at the release's invoke, whatever comes of the release", () => {
    for (const type of ["ok", "fail", "info"] as const) {
      expect(types([...acquire(0), ...release(0, type), ...acquire(1)])).to.deep.equal([]);
    }
    const [invoke, ok] = release(0) as [Line, Line];
    expect(types([...acquire(0), invoke, ...acquire(1), ok])).to.deep.equal([]);
  });

  it("does not judge by the order of oks: acquisitions may overlap with releases", () => {
    const [begin, end] = acquire(1) as [Line, Line];
    const [invoke, ok] = release(0) as [Line, Line];
    expect(types([begin, ...acquire(0), invoke, end, ok])).to.deep.equal([]);
    expect(types([begin, ...acquire(0), end, invoke, ok])).to.deep.equal(["overlapping-holds"]);
  });

  it("lets an acquire of unknown outcome, a failed one, and an open one hold nothing", () => {
    for (const type of ["info", "fail"] as const) {
      const unknown: Line[] = [
        ["invoke", 0, "acquire", { key }],
        [type, 0, "acquire", { key }],
      ];
      expect(types([...unknown, ...acquire(1)])).to.deep.equal([]);
    }
    expect(types([["invoke", 0, "acquire", { key }], ...acquire(1)])).to.deep.equal([]);
  });

  it("takes the lock from the invoke, where the completion does not repeat it", () => {
    const terse = (lines: Line[]) =>
      lines.map(
        ([type, process, f, rest]): Line =>
          type === "invoke" ? [type, process, f, { ...rest }] : [type, process, f],
      );
    expect(types(terse([...acquire(0), ...acquire(1)]))).to.deep.equal(["overlapping-holds"]);
    expect(types(terse([...acquire(0), ...release(0), ...acquire(1)]))).to.deep.equal([]);
  });

  it("keeps locks apart, and lets an owner acquire what it holds", () => {
    const other: Line[] = [
      ["invoke", 1, "acquire", { key: "M" }],
      ["ok", 1, "acquire", { key: "M" }],
    ];
    expect(types([...acquire(0), ...other, ...acquire(0)])).to.deep.equal([]);
  });

  it("doubts a hold whose process was retired, unless the owner goes on under its own name", () => {
    expect(types([...acquire(0), ...write(0, 1, "info"), ...acquire(1)])).to.deep.equal([]);
    const owner = { key, value: { owner: "a" } };
    const named: Line[] = [
      ["invoke", 0, "acquire", owner],
      ["ok", 0, "acquire", { key }],
      ...write(0, 1, "info"),
    ];
    expect(types([...named, ...acquire(1)])).to.deep.equal(["overlapping-holds"]);
    const released: Line[] = [
      ["invoke", 2, "release", owner],
      ["ok", 2, "release", { key }],
    ];
    expect(types([...named, ...released, ...acquire(1)])).to.deep.equal([]);
  });

  it("only counts overlaps of a lock that is a lease", () => {
    const result = check([...acquire(0, 1), ...acquire(1, 2)], { exclusive: false });
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ overlaps: 1 });
  });

  it("judges only overlaps among the nodes that no fault strikes, where they are named", () => {
    const on = (node: string, lines: Line[]) =>
      lines.map(([type, process, f, rest]): Line => [type, process, f, { ...rest, node }]);
    const among = { exclusive: { among: ["a", "b"] } } as const;
    expect(types([...on("a", acquire(0)), ...on("b", acquire(1))], among)).to.deep.equal([
      "overlapping-holds",
    ]);
    expect(types([...on("c", acquire(0)), ...on("b", acquire(1))], among)).to.deep.equal([]);
    expect(types([...on("a", acquire(0)), ...on("c", acquire(1))], among)).to.deep.equal([]);
    const three = check([...on("c", acquire(0)), ...on("a", acquire(1)), ...on("b", acquire(2))], among);
    expect(three.anomalies[0]?.message).to.contain("while held by process 1");
  });
});

describe("the mutex checker: fencing tokens", () => {
  it("is inconclusive without a stale write that was refused, where one is asked for", () => {
    const lines = [...acquire(0, 1), ...acquire(1, 2), ...write(1, 2)];
    const options = { exclusive: false, staleWriteSeen: true };
    const events = (error: string) =>
      history(...lines, ...write(0, 1, "fail")).map((one) => (one.type === "fail" ? { ...one, error } : one));
    expect(mutex(options).check(events("stale")).verdict).to.equal("passed");
    expect(mutex(options).check(events("ECONNREFUSED")).verdict).to.equal("inconclusive");
    expect(check(lines, options).verdict).to.equal("inconclusive");
  });

  const lease = { exclusive: false };

  it("finds a token that went back, by real time", () => {
    expect(types([...acquire(0, 5), ...acquire(1, 4)], lease)).to.deep.equal(["fence-not-rising"]);
    expect(types([...acquire(0, 5), ...acquire(1, 6), ...acquire(2, 7)], lease)).to.deep.equal([]);
    const [begin, end] = acquire(1, 4) as [Line, Line];
    expect(types([begin, ...acquire(0, 5), end], lease), "they overlap in time").to.deep.equal([]);
  });

  it("compares with the largest token before, not the last one", () => {
    const [begin, end] = acquire(1, 4) as [Line, Line];
    const found = types([begin, ...acquire(0, 7), end, ...acquire(2, 5)], lease);
    expect(found).to.deep.equal(["fence-not-rising"]);
  });

  it("finds a token given twice, in whatever order", () => {
    expect(types([...acquire(0, 5), ...acquire(1, 5)], lease)).to.deep.equal(["fence-reused"]);
    const [begin, end] = acquire(1, 5) as [Line, Line];
    expect(types([begin, ...acquire(0, 5), end], lease)).to.deep.equal(["fence-reused"]);
  });

  it("finds a stale write that was accepted", () => {
    expect(types([...write(0, 5), ...write(1, 4)], lease)).to.deep.equal(["stale-write-accepted"]);
    expect(types([...write(0, 5), ...write(1, 5), ...write(2, 6)], lease)).to.deep.equal([]);
  });

  it("minds no stale write that was refused, or may have been, or overlapped", () => {
    expect(types([...write(0, 5), ...write(1, 4, "fail")], lease)).to.deep.equal([]);
    expect(types([...write(0, 5), ...write(1, 4, "info")], lease)).to.deep.equal([]);
    expect(types([...write(0, 5, "info"), ...write(1, 4)], lease)).to.deep.equal([]);
    const [begin, end] = write(1, 4) as [Line, Line];
    expect(types([begin, ...write(0, 5), end], lease)).to.deep.equal([]);
  });

  it("is inconclusive without an acquisition, and for a lease without a token", () => {
    expect(check([]).verdict).to.equal("inconclusive");
    expect(check(write(0, 1)).verdict).to.equal("inconclusive");
    expect(check(acquire(0), lease).verdict).to.equal("inconclusive");
    expect(check(write(0, 1), lease).verdict).to.equal("passed");
  });

  it("refuses values of another shape, naming the event", () => {
    const odd: Line[] = [
      ["invoke", 0, "acquire", { key }],
      ["ok", 0, "acquire", { key, value: { fence: "7" } }],
    ];
    expect(() => check(odd)).to.throw(UsageError, "event 1 (ok acquire)");
  });
});

/** Users of a fenced lock without lease, each of whom guards a resource that refuses stale tokens. */
function lockUsers(count: number): Client[] {
  let holder: number | undefined;
  /** Of the hold: a release that arrives late must not release a later hold of the same user. */
  let fence = 0;
  let accepted = 0;
  return Array.from({ length: count }, (_, user): Client => {
    let mine: number | undefined;
    return (pick) => {
      if (mine === undefined) {
        return {
          f: "acquire",
          key,
          act: () => {
            if (holder !== undefined && holder !== user) return { type: "fail" };
            holder = user;
            fence += 1 + pick(2);
            return { type: "ok", value: { fence } };
          },
          ended: (type, value) => {
            if (type === "ok") mine = (value as { fence: number }).fence;
          },
        };
      }
      const token = mine;
      if (pick(2) === 0) {
        return {
          f: "guarded-write",
          key: "R",
          value: { fence: token, value: user },
          act: () => {
            if (token < accepted) return { type: "fail" };
            accepted = token;
            return { type: "ok", value: { fence: token, value: user } };
          },
        };
      }
      mine = undefined;
      return {
        f: "release",
        key,
        act: () => {
          if (holder !== user || token !== fence) return { type: "fail" };
          holder = undefined;
          return { type: "ok" };
        },
      };
    };
  });
}

describe("the mutex checker: any history", () => {
  const executions = fc
    .tuple(fc.integer({ min: 2, max: 5 }), fc.array(fc.nat(), { minLength: 300, maxLength: 300 }))
    .map(([users, picks]) => simulate(lockUsers(users), picks));
  /** Where an acquisition has just been acknowledged. */
  const afterAcquired = (events: readonly HistoryEvent[], pick: number) => {
    const oks = events.filter(({ f, type }) => f === "acquire" && type === "ok");
    const ok = oks[pick % Math.max(1, oks.length)];
    return ok && { ok, at: ok.index + 1, process: freshProcess(events) };
  };

  it("passes every correct execution", () => {
    fc.assert(
      fc.property(executions, (events) => {
        const { anomalies, counts, verdict } = mutex().check(events);
        expect(anomalies).to.deep.equal([]);
        expect(verdict).to.equal(counts.acquired === 0 ? "inconclusive" : "passed");
      }),
    );
  });

  it("finds one injected anomaly, and names it right", () => {
    const fenced = (ok: HistoryEvent) => (ok.value as { fence: number }).fence;
    const injections: Record<string, (ok: HistoryEvent, process: number) => Line[]> = {
      "overlapping-holds": (_, process) => [...acquire(process), ...release(process)],
      "fence-not-rising": (_, process) => acquire(process, -1),
      "fence-reused": (ok, process) => acquire(process, fenced(ok)),
      "stale-write-accepted": (_, process) => [...write(process, 1e9), ...write(process, 1e9 - 1)],
    };
    fc.assert(
      fc.property(executions, fc.nat(), fc.constantFrom(...Object.keys(injections)), (events, pick, type) => {
        const place = afterAcquired(events, pick);
        fc.pre(place !== undefined);
        // A resource that has accepted 1e9 would have to refuse the writes after it: inject at the end.
        const at = type === "stale-write-accepted" ? events.length : place.at;
        const lines = injections[type]?.(place.ok, place.process) ?? [];
        const harmed = inserted(events, at, history(...lines));
        const { anomalies } = mutex({ exclusive: type === "overlapping-holds" }).check(harmed);
        expect(anomalies.map((found) => found.type)).to.deep.equal([type]);
      }),
    );
  });
});
