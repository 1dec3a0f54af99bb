import { expect } from "chai";
import type { HistoryEvent } from "../history/event.ts";
import { UsageError } from "../util/errors.ts";
import { Budget } from "./budget.ts";
import { log } from "./log.ts";
import { history, type Line } from "./testing/lines.ts";
import type { CheckResult } from "./verdict.ts";

const partition = "t-0";

/** A send that was acknowledged at an offset. */
const sent = (process: number, value: unknown, offset: number, key = partition): Line[] => [
  ["invoke", process, "send", { value }],
  ["ok", process, "send", { value: { key, offset, value } }],
];

const sentNot = (type: "fail" | "info", process: number, value: unknown, key?: string): Line[] => [
  ["invoke", process, "send", { value }],
  [type, process, "send", { value, ...(key === undefined ? {} : { key }) }],
];

/** A poll that saw `[offset, value]` of one partition. */
const polled = (process: number, ...records: [number, unknown][]): Line[] =>
  polledAll(process, { [partition]: records });

const polledAll = (process: number, value: Record<string, unknown>): Line[] => [
  ["invoke", process, "poll"],
  ["ok", process, "poll", { value }],
];

const named = (f: "assign" | "subscribe", process: number, ...names: string[]): Line[] => [
  ["invoke", process, f, { value: names }],
  ["ok", process, f, { value: names }],
];

const check = (...lines: Line[]): CheckResult => log().check(history(...lines));

/** The types of what was found, in order. */
const types = ({ anomalies }: CheckResult) => anomalies.map(({ type }) => type);
const witnesses = ({ anomalies }: CheckResult, index = 0) =>
  anomalies[index]?.witnesses.map((event) => event.index);

/** Three values that all is well with. */
const three = [...sent(0, "a", 0), ...sent(0, "b", 1), ...sent(0, "c", 2)];

describe("the log checker", () => {
  it("passes what was acknowledged and polled in order", () => {
    const result = check(...three, ...polled(1, [0, "a"], [1, "b"]), ...polled(1, [2, "c"]));
    expect(result.verdict, result.reason).to.equal("passed");
    expect(result.counts).to.include({ sends: 3, acknowledged: 3, polled: 3, redelivered: 0, lost: 0 });
  });

  it("is inconclusive when nothing was acknowledged, or nothing polled", () => {
    expect(check()).to.deep.include({
      verdict: "inconclusive",
      reason: "no send was acknowledged; nothing was polled",
    });
    expect(check(...polled(1, [0, "a"])).reason).to.equal("no send was acknowledged");
    expect(check(...three).reason).to.match(/^nothing was polled; 3 acknowledged values/);
  });

  describe("lost-write", () => {
    it("is an acknowledged value below what was polled that no poll saw, and nothing else", () => {
      const result = check(...three, ...polled(1, [0, "a"], [2, "c"]));
      expect(types(result)).to.deep.equal(["lost-write"]);
      expect(result.reason).to.equal(
        '1 lost-write; first: "b", acknowledged at offset 1 of t-0, was never polled, though offset 2 was',
      );
      expect(witnesses(result)).to.deep.equal([3, 7]);
      expect(result.counts).to.include({ lost: 1, "lost-write": 1, "poll-skip": 0, unseen: 0 });
    });

    it("is not a value that some poll saw, be it late or by another consumer", () => {
      const result = check(...three, ...polled(1, [0, "a"]), ...polled(2, [2, "c"]), ...polled(3, [1, "b"]));
      expect(result.verdict).to.equal("passed");
    });

    it("is neither an info send that no poll saw, nor a gap in the offsets", () => {
      const lines = [...sent(0, "a", 0), ...sentNot("info", 1, "x", partition), ...sent(0, "b", 5)];
      const result = check(...lines, ...polled(2, [0, "a"], [5, "b"]));
      expect(result.verdict).to.equal("passed");
      expect(result.counts).to.include({ info: 1, "info, polled": 0 });
    });
  });

  describe("inconsistent-offsets", () => {
    it("is an offset with two values; the one that is gone is lost", () => {
      const result = check(...three, ...polled(1, [0, "a"], [1, "z"], [2, "c"]));
      expect(types(result)).to.deep.equal(["inconsistent-offsets", "lost-write"]);
      expect(witnesses(result)).to.deep.equal([3, 7]);
    });

    it("is told once, however often it is seen", () => {
      const z: [number, unknown][] = [[1, "z"]];
      const result = check(
        ...three,
        ...polled(1, [0, "a"], [1, "b"], [2, "c"]),
        ...polled(2, ...z),
        ...polled(3, ...z),
      );
      expect(types(result)).to.deep.equal(["inconsistent-offsets"]);
    });

    it("is not the same offset of another partition", () => {
      const result = check(
        ...sent(0, "a", 0),
        ...sent(0, "b", 0, "t-1"),
        ...polledAll(1, { "t-0": [[0, "a"]], "t-1": [[0, "b"]] }),
      );
      expect(result.verdict).to.equal("passed");
    });

    it("compares values as JSON: the order of fields does not count", () => {
      const [one, same] = [
        { a: 1, b: [2, null] },
        { b: [2, null], a: 1 },
      ];
      expect(check(...sent(0, one, 0), ...polled(1, [0, same])).verdict).to.equal("passed");
      expect(types(check(...sent(0, "1", 0), ...polled(1, [0, 1])))).to.include("inconsistent-offsets");
    });
  });

  describe("duplicate", () => {
    it("is a value at two offsets", () => {
      const result = check(...three, ...polled(1, [0, "a"], [1, "b"], [2, "c"], [3, "b"]));
      expect(types(result)).to.deep.equal(["duplicate"]);
      expect(witnesses(result)).to.deep.equal([3, 7]);
      expect(result.counts).to.include({ duplicates: 1 });
    });

    it("is not the same offset read again: that is redelivery", () => {
      const all: [number, unknown][] = [
        [0, "a"],
        [1, "b"],
        [2, "c"],
      ];
      const again = polledAll(1, { rebalance: true, [partition]: all });
      const result = check(...three, ...polled(1, ...all), ...polled(2, ...all), ...again);
      expect(result.verdict).to.equal("passed");
      expect(result.counts).to.include({ redelivered: 6, duplicates: 0 });
    });

    it("is not the same value in another partition", () => {
      const result = check(
        ...sent(0, "a", 0),
        ...sent(0, "a", 7, "t-1"),
        ...polledAll(1, { "t-0": [[0, "a"]], "t-1": [[7, "a"]] }),
      );
      expect(result.verdict).to.equal("passed");
    });
  });

  describe("G1a", () => {
    it("is a poll that saw a failed send, whichever comes first", () => {
      const failed = sentNot("fail", 5, "x");
      const saw = polled(1, [0, "a"], [1, "b"], [2, "c"], [3, "x"]);
      for (const lines of [
        [...failed, ...saw],
        [...saw, ...failed],
      ]) {
        const result = check(...three, ...lines);
        expect(types(result)).to.deep.equal(["G1a"]);
        expect(witnesses(result)).to.have.length(2);
      }
    });

    it("is not an info send that was polled: it happened", () => {
      const result = check(...sent(0, "a", 0), ...sentNot("info", 5, "x"), ...polled(1, [0, "a"], [1, "x"]));
      expect(result.verdict).to.equal("passed");
      expect(result.counts).to.include({ "info, polled": 1 });
    });

    it("is not a failed send whose value another send may have put there", () => {
      const failed = sentNot("fail", 5, "x");
      const saw = polled(1, [0, "a"], [1, "x"]);
      for (const other of [
        sentNot("info", 6, "x"),
        sent(6, "x", 1),
        [["invoke", 6, "send", { value: "x" }] as const],
      ]) {
        const result = check(...sent(0, "a", 0), ...failed, ...other, ...saw);
        expect(result.verdict, result.reason).to.equal("passed");
      }
    });

    it("knows the partition of a failed send where it is stated", () => {
      const elsewhere = sentNot("fail", 5, "x", "t-1");
      const result = check(...sent(0, "a", 0), ...elsewhere, ...polled(1, [0, "a"], [1, "x"]));
      expect(result.verdict).to.equal("passed");
      expect(result.counts).to.include({ "polled, never sent": 1 });
    });

    it("is not also told as a skip of those who did not see it", () => {
      const failed = sentNot("fail", 5, "x");
      const saw = polled(1, [0, "a"], [1, "x"], [2, "c"]);
      const lines = [
        ...sent(0, "a", 0),
        ...sent(0, "c", 2),
        ...failed,
        ...saw,
        ...polled(2, [0, "a"], [2, "c"]),
      ];
      expect(types(check(...lines))).to.deep.equal(["G1a"]);
    });
  });

  describe("nonmonotonic-send", () => {
    it("is a producer whose offset does not rise within a partition", () => {
      const result = check(...sent(0, "a", 1), ...sent(0, "b", 0), ...polled(1, [0, "b"], [1, "a"]));
      expect(types(result)).to.deep.equal(["nonmonotonic-send"]);
      expect(witnesses(result)).to.deep.equal([1, 3]);
    });

    it("is neither another producer nor another partition", () => {
      const lines = [...sent(0, "a", 1), ...sent(2, "b", 0), ...sent(0, "c", 0, "t-1")];
      const saw = polledAll(1, {
        "t-0": [
          [0, "b"],
          [1, "a"],
        ],
        "t-1": [[0, "c"]],
      });
      expect(check(...lines, ...saw).verdict).to.equal("passed");
    });
  });

  describe("nonmonotonic-poll", () => {
    it("is a consumer that goes back or stays, within a poll or from one to the next", () => {
      const back: Line[][] = [
        polled(1, [0, "a"], [2, "c"], [1, "b"]),
        [...polled(1, [0, "a"], [1, "b"], [2, "c"]), ...polled(1, [1, "b"])],
        [...polled(1, [0, "a"], [1, "b"], [2, "c"]), ...polled(1, [2, "c"])],
      ];
      for (const lines of back)
        expect(types(check(...three, ...polled(9, [1, "b"]), ...lines))).to.include("nonmonotonic-poll");
      expect(types(check(...three, ...(back[1] ?? [])))).to.deep.equal(["nonmonotonic-poll"]);
    });

    it("does not make what is read late a skip, but what stays left out", () => {
      const late = polled(1, [0, "a"], [2, "c"], [1, "b"]);
      expect(types(check(...three, ...late, ...polled(2, [1, "b"])))).to.deep.equal(["nonmonotonic-poll"]);
      const lines = [...three, ...sent(0, "d", 3), ...polled(2, [1, "b"], [2, "c"])];
      const leaves = polled(1, [0, "a"], [3, "d"], [1, "b"]);
      expect(types(check(...lines, ...leaves))).to.deep.equal(["nonmonotonic-poll", "poll-skip"]);
    });

    it("does not make what was read before a skip", () => {
      const lines = [
        ...polled(1, [0, "a"], [1, "b"], [2, "c"]),
        ...polled(1, [0, "a"]),
        ...polled(1, [2, "c"]),
      ];
      expect(types(check(...three, ...lines))).to.deep.equal(["nonmonotonic-poll"]);
    });

    it("is not a new position after a rebalance or a new assignment", () => {
      const all = polled(1, [0, "a"], [1, "b"], [2, "c"]);
      const moves: Line[][] = [
        polledAll(1, { rebalance: true, [partition]: [[1, "b"]] }),
        [...named("assign", 1, "t-1"), ...named("assign", 1, "t-0"), ...polled(1, [1, "b"])],
        [...named("subscribe", 1, "u"), ...named("subscribe", 1, "t"), ...polled(1, [1, "b"])],
      ];
      for (const move of moves) expect(check(...three, ...all, ...move).verdict).to.equal("passed");
    });

    it("is one still where a new assignment covers the partition", () => {
      for (const move of [named("assign", 1, "t-0", "t-1"), named("subscribe", 1, "t", "u")]) {
        const lines = [...polled(1, [0, "a"], [1, "b"], [2, "c"]), ...move, ...polled(1, [1, "b"])];
        expect(types(check(...three, ...lines))).to.deep.equal(["nonmonotonic-poll"]);
      }
    });
  });

  describe("poll-skip", () => {
    it("is a consumer that leaves out what another poll saw, then or later", () => {
      const skips = polled(1, [0, "a"], [2, "c"]);
      const other = polled(2, [1, "b"]);
      for (const lines of [
        [...skips, ...other],
        [...other, ...skips],
      ]) {
        const result = check(...three, ...lines);
        expect(types(result)).to.deep.equal(["poll-skip"]);
        expect(result.reason).to.contain("process 1 went from offset 0 to 2 of t-0, past offset 1");
      }
      const apart = check(...three, ...polled(1, [0, "a"]), ...polled(1, [2, "c"]), ...other);
      expect(types(apart)).to.deep.equal(["poll-skip"]);
      expect(witnesses(apart)).to.deep.equal([7, 9]);
    });

    it("is not a jump over a rebalance, nor where a consumer begins", () => {
      const lines = [
        ...polled(2, [1, "b"], [2, "c"]),
        ...polled(1, [0, "a"]),
        ...polledAll(1, { rebalance: true, [partition]: [[2, "c"]] }),
      ];
      expect(check(...three, ...lines).verdict).to.equal("passed");
    });
  });

  describe("unseen", () => {
    it("is an acknowledged value that the final reads of a fresh consumer did not see", () => {
      const result = check(...three, ...polled(1, [0, "a"], [1, "b"]));
      expect(types(result)).to.deep.equal(["unseen"]);
      expect(witnesses(result)).to.deep.equal([5, 7]);
      expect(result.counts).to.include({ unseen: 1, lost: 1 });
    });

    it("is all of a partition that nobody ever saw anything of, if a consumer looked", () => {
      const lines = [...three, ...named("assign", 1, "t-0"), ...polledAll(1, {})];
      expect(types(check(...lines))).to.deep.equal(["unseen", "unseen", "unseen"]);
    });

    const undecided: [string, Line[]][] = [
      [
        "before the last acknowledgement",
        [...three.slice(0, 4), ...polled(1, [0, "a"], [1, "b"]), ...three.slice(4)],
      ],
      ["that are empty, of nobody knows what", [...three, ...polledAll(1, {})]],
      ["cut off", [...three, ...polled(1, [0, "a"]), ["invoke", 1, "poll"]]],
      ["without an answer", [...three, ...polled(1, [0, "a"]), ["invoke", 1, "poll"], ["info", 1, "poll"]]],
      [
        "of a group, whose members share the partitions",
        [...three, ...named("subscribe", 1, "t"), ...polledAll(1, {})],
      ],
    ];
    for (const [what, lines] of undecided) {
      it(`is not judged by reads ${what}`, () => {
        const result = check(...lines);
        expect(result.verdict).to.equal("inconclusive");
        expect(result.reason).to.contain("no final polls looked for them");
      });
    }

    it("is not judged by a consumer that goes on where another one stopped", () => {
      const before = polled(1, [0, "a"]);
      const result = check(...three.slice(0, 4), ...before, ...three.slice(4), ...polled(2, [1, "b"]));
      expect(result.verdict).to.equal("inconclusive");
    });

    it("is what becomes of a value acknowledged without an offset that no poll saw", () => {
      const blind = (offset: unknown): Line[] => [
        ["invoke", 7, "send", { value: "x" }],
        [
          "ok",
          7,
          "send",
          { value: { key: partition, value: "x", ...(offset === "none" ? {} : { offset }) } },
        ],
      ];
      const saw = polled(1, [0, "a"], [1, "b"], [2, "c"]);
      for (const offset of ["none", null, -1]) {
        expect(types(check(...three, ...blind(offset), ...saw))).to.deep.equal(["unseen"]);
        expect(
          check(...three, ...blind(offset), ...polled(1, [0, "a"], [1, "b"], [2, "c"], [3, "x"])).verdict,
        ).to.equal("passed");
      }
    });
  });

  it("takes a value that was polled before its acknowledgement", () => {
    const [invoke, ok] = sent(0, "a", 0) as [Line, Line];
    expect(check(invoke, ...polled(1, [0, "a"]), ok).verdict).to.equal("passed");
  });

  it("tells twenty of a kind, with at most ten witnesses each, and counts all", () => {
    const lines = Array.from({ length: 100 }, (_, n) => sent(0, n, n)).flat();
    const result = check(...lines, ...polled(1, [99, 99]));
    expect(result.anomalies).to.have.length(20);
    expect(result.reason).to.match(/^99 lost-write; first: 0, acknowledged/);
    expect(result.counts).to.include({ "lost-write": 99 });
  });

  it("refuses values of another shape and broken rules, naming the event", () => {
    const odd: Line[][] = [
      [
        ["invoke", 0, "send"],
        ["ok", 0, "send", { value: 7 }],
      ],
      [
        ["invoke", 0, "send"],
        ["ok", 0, "send", { value: { offset: 1, value: 7 } }],
      ],
      [
        ["invoke", 0, "send"],
        ["ok", 0, "send", { value: { key: "t-0", offset: 1.5, value: 7 } }],
      ],
      polledAll(0, { "t-0": [[0]] }),
      polledAll(0, { "t-0": [["0", "a"]] }),
      polledAll(0, { "t-0": [[-1, "a"]] }),
      polledAll(0, { "t-0": "a" }),
      polledAll(0, { rebalance: 1 }),
      [
        ["invoke", 0, "assign"],
        ["ok", 0, "assign", { value: "t-0" }],
      ],
      [
        ["invoke", 0, "poll"],
        ["invoke", 0, "poll"],
      ],
    ];
    for (const lines of odd)
      expect(() => check(...lines), JSON.stringify(lines)).to.throw(UsageError, "event 1");
  });

  it("gives up past its budget with what was spent, and keeps what is certain", () => {
    const many = Array.from({ length: 5_000 }, (_, n) => sent(0, n, n)).flat();
    const budget = () => {
      let asked = 0;
      const memoryUsed = () => (asked++ === 0 ? 0 : 2) * 1024 ** 2;
      return new Budget({ memoryBytes: 1024 ** 2, memoryUsed });
    };
    const none = new Budget({ memoryBytes: 1024 ** 2, memoryUsed: () => 2 * 1024 ** 2 });
    expect(log().check(history(...three), none).reason).to.match(/^gave up after 0 events: used 2 MiB/);
    const result = log().check(history(...many), budget());
    expect(result.verdict).to.equal("inconclusive");
    expect(result.reason).to.match(/gave up after 4096 events: used 2 MiB of memory, its budget is 1 MiB/);
    const found = log().check(
      history(...sent(5, "x", 9, "t-1"), ...sent(5, "y", 8, "t-1"), ...many),
      budget(),
    );
    expect(types(found)).to.deep.equal(["nonmonotonic-send"]);
  });

  it("has the same witnesses when it streams, by place and not by the index that an event states", () => {
    const events: HistoryEvent[] = history(...three, ...polled(1, [0, "a"], [2, "c"])).map((event) => ({
      ...event,
      index: event.index + 100,
    }));
    const stream = log().stream?.();
    for (const event of events) stream?.add(event);
    expect([...(stream?.wanted?.() ?? [])]).to.deep.equal([3, 7]);
    expect(stream?.end((place) => events[place])).to.deep.equal(log().check(events));
  });
});
