import { expect } from "chai";
import fc from "fast-check";
import { UsageError } from "../util/errors.ts";
import { ManualClock } from "../util/testing/manual-clock.ts";
import { Budget } from "./budget.ts";
import { linearizable, linearizableModels, type ModelName } from "./linearizable.ts";
import { freshProcess, history, inserted, type Line } from "./testing/lines.ts";
import { clientsOf } from "./testing/model-clients.ts";
import { simulate } from "./testing/simulation.ts";

const invoke = (process: number, f: string, value: unknown = null): Line => ["invoke", process, f, { value }];
const ok = (process: number, f: string, value: unknown = null): Line => ["ok", process, f, { value }];
const info = (process: number, f: string, value: unknown = null): Line => ["info", process, f, { value }];
const fail = (process: number, f: string, value: unknown = null): Line => ["fail", process, f, { value }];
/** An operation with nothing between its invoke and its answer. */
const done = (process: number, f: string, asked: unknown, answer: unknown = asked): Line[] => [
  invoke(process, f, asked),
  ok(process, f, answer),
];
const unsure = (process: number, f: string, asked: unknown = null): Line[] => [
  invoke(process, f, asked),
  info(process, f, asked),
];
const isLine = (lines: Line | Line[]): lines is Line => typeof lines[0] === "string";
const check = (model: ModelName, ...lines: (Line | Line[])[]) =>
  linearizable({ model }).check(history(...lines.flatMap((some) => (isLine(some) ? [some] : some))));
const verdict = (model: ModelName, ...lines: (Line | Line[])[]) => check(model, ...lines).verdict;

describe("linearizable", () => {
  describe("as register", () => {
    it("passes reads of what was written last, null at first", () => {
      expect(
        verdict("register", done(0, "read", null), done(0, "write", 1), done(1, "read", null, 1)),
      ).to.equal("passed");
    });

    it("finds a stale read, and says where it would have fitted", () => {
      const result = check("register", done(0, "write", 1), done(0, "write", 2), done(1, "read", null, 1));
      expect(result.verdict).to.equal("failed");
      expect(result.anomalies[0]).to.include({ type: "nonlinearizable" });
      expect(result.anomalies[0]?.message).to.equal(
        "the object without a key: no order explains read → 1 (event 4) of process 1: it would fit after write 1 (event 0), " +
          "but not after write 2 (event 2) that comes next (the shortest prefix that shows it has 3 answers, " +
          "all others explained by an order of 2 operations)",
      );
      expect(result.anomalies[0]?.witnesses.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3, 4, 5]);
      expect(result.anomalies[0]?.drawing).to.match(/^<svg /);
    });

    it("lets concurrent operations take effect in any order, and only those", () => {
      const concurrent = [invoke(0, "write", 1), invoke(1, "write", 2), ok(0, "write", 1), ok(1, "write", 2)];
      for (const value of [1, 2])
        expect(verdict("register", concurrent, done(2, "read", null, value))).to.equal("passed");
      expect(verdict("register", concurrent, done(2, "read", null, 1), done(2, "read", null, 2))).to.equal(
        "failed",
      );
    });

    it("goes by the order of lines, not by time", () => {
      const events = history(...done(0, "write", 1), ...done(1, "read", null, null));
      const shifted = events.map((event) => ({ ...event, time: event.process === 1 ? 0 : 9e6 }));
      expect(linearizable({ model: "register" }).check(shifted).verdict).to.equal("failed");
    });

    it("lets an info take effect late, or never, but once only", () => {
      const write = unsure(0, "write", 1);
      const reads = (...values: unknown[]) => values.flatMap((value) => done(1, "read", null, value));
      expect(verdict("register", write, reads(null, null, null))).to.equal("passed");
      expect(verdict("register", write, reads(null, 1, 1))).to.equal("passed");
      expect(verdict("register", write, reads(1, null))).to.equal("failed");
      expect(verdict("register", write, done(1, "write", 2), reads(2, 1))).to.equal("passed");
      expect(verdict("register", write, done(1, "write", 2), reads(1, 2))).to.equal("failed");
      expect(verdict("register", reads(1), unsure(2, "write", 1))).to.equal("failed");
    });

    it("takes an operation that never completes for an info", () => {
      expect(verdict("register", invoke(0, "write", 1), done(1, "read", null, 1))).to.equal("passed");
      expect(verdict("register", invoke(0, "write", 1), done(1, "read", null, null))).to.equal("passed");
    });

    it("takes it that what failed did not happen", () => {
      const failed = [invoke(0, "write", 1), fail(0, "write", 1)];
      expect(verdict("register", failed, done(1, "read", null, null))).to.equal("passed");
      expect(verdict("register", failed, done(1, "read", null, 1))).to.equal("failed");
    });

    it("concludes nothing from reads without an answer", () => {
      const lost = [
        ...unsure(5, "read"),
        invoke(6, "read"),
        invoke(7, "read"),
        fail(7, "read"),
      ].flat() as Line[];
      expect(verdict("register", done(0, "write", 1), lost, done(0, "read", null, 1))).to.equal("passed");
    });

    it("tells values apart as JSON does", () => {
      const written = (value: unknown, read: unknown) =>
        verdict("register", done(0, "write", value), done(1, "read", null, read));
      expect(written({ a: 1, b: [2] }, { b: [2], a: 1 })).to.equal("passed");
      expect(written(1, "1")).to.equal("failed");
      expect(written(null, false)).to.equal("failed");
    });

    it("refuses what the model does not know on an object that it judges, and passes over other objects", () => {
      const lines = [...done(0, "write", 1), ...done(0, "cas", [1, 2])];
      expect(() => check("register", lines)).to.throw(UsageError, 'event 2: the model knows no "cas"');
      const other = lines
        .slice(2)
        .map(([type, process, f, rest]): Line => [type, process, f, { ...rest, key: "y" }]);
      expect(verdict("register", lines.slice(0, 2), other)).to.equal("passed");
    });
  });

  describe("as cas-register", () => {
    it("finds a lost update: two compare-and-sets from one value", () => {
      const cas = (process: number, from: number, to: number) => done(process, "cas", [from, to]);
      expect(verdict("cas-register", done(0, "write", 1), cas(1, 1, 2), cas(2, 2, 3))).to.equal("passed");
      expect(verdict("cas-register", done(0, "write", 1), cas(1, 1, 2), cas(2, 1, 3))).to.equal("failed");
    });

    it("takes a failed compare-and-set for nothing: not even for a sign that the value was another", () => {
      const failed = [invoke(1, "cas", [1, 2]), fail(1, "cas", [1, 2])];
      expect(verdict("cas-register", done(0, "write", 1), failed, done(0, "read", null, 1))).to.equal(
        "passed",
      );
    });

    it("does not force a compare-and-set of unknown outcome, and lets it take effect only from its old value", () => {
      const unknown = unsure(1, "cas", [1, 2]);
      expect(verdict("cas-register", unknown, done(0, "write", 1), done(0, "read", null, 2))).to.equal(
        "passed",
      );
      expect(verdict("cas-register", unknown, done(0, "write", 3), done(0, "read", null, 3))).to.equal(
        "passed",
      );
      expect(verdict("cas-register", unknown, done(0, "write", 3), done(0, "read", null, 2))).to.equal(
        "failed",
      );
    });

    it("refuses a compare-and-set of another shape by its event", () => {
      expect(() => check("cas-register", done(0, "cas", 7))).to.throw(UsageError, "event 0 (invoke cas)");
    });
  });

  describe("as kv", () => {
    it("knows get, put and append, and is empty at first", () => {
      expect(
        verdict(
          "kv",
          done(0, "get", null, ""),
          done(0, "append", "a"),
          done(0, "append", "b"),
          done(1, "get", null, "ab"),
        ),
      ).to.equal("passed");
      expect(verdict("kv", done(0, "put", "x"), done(0, "append", "y"), done(1, "get", null, "xy"))).to.equal(
        "passed",
      );
    });

    it("finds a lost append, one that is there twice, and appends in another order", () => {
      const two = [...done(0, "append", "a"), ...done(0, "append", "b")];
      for (const wrong of ["a", "b", "abb", "ba", ""])
        expect(verdict("kv", two, done(1, "get", null, wrong)), wrong).to.equal("failed");
    });

    it("lets an append of unknown outcome show late or never", () => {
      const unknown = unsure(0, "append", "a");
      for (const right of ["b", "ab", "ba"])
        expect(verdict("kv", unknown, done(1, "append", "b"), done(1, "get", null, right)), right).to.equal(
          "passed",
        );
    });

    it("refuses what is no string", () => {
      expect(() => check("kv", done(0, "append", 7))).to.throw(UsageError, "event 0 (invoke append)");
      expect(() => check("kv", done(0, "get", null, null))).to.throw(UsageError, "event 1 (ok get)");
    });
  });

  describe("as set", () => {
    it("passes reads of all elements in any order", () => {
      expect(verdict("set", done(0, "add", 1), done(0, "add", 2), done(1, "read", null, [2, 1]))).to.equal(
        "passed",
      );
    });

    it("finds an element that is lost, vanishes, comes of nowhere, or is there twice", () => {
      const added = [...done(0, "add", 1), ...done(0, "add", 2)];
      expect(verdict("set", added, done(1, "read", null, [1]))).to.equal("failed");
      expect(
        verdict("set", unsure(0, "add", 1), done(1, "read", null, [1]), done(1, "read", null, [])),
      ).to.equal("failed");
      expect(verdict("set", added, done(1, "read", null, [1, 2, 3]))).to.equal("failed");
      expect(verdict("set", added, done(1, "read", null, [1, 2, 2]))).to.equal("failed");
    });

    it("finds two concurrent reads that saw two adds in different orders", () => {
      const adds = [invoke(0, "add", 1), invoke(1, "add", 2)];
      const reads = [invoke(2, "read"), invoke(3, "read"), ok(2, "read", [1]), ok(3, "read", [2])];
      const result = check("set", adds, reads);
      expect(result.verdict).to.equal("failed");
      expect(result.anomalies[0]?.message).to.include("has 2 answers");
    });

    it("judges many adds at once and reads of parts of them without trying their orders", () => {
      const size = 200;
      const adds = Array.from({ length: size }, (_, n) => invoke(n, "add", n));
      const reads = Array.from({ length: size }, (_, n) =>
        done(
          size + n,
          "read",
          null,
          Array.from({ length: n }, (_, m) => (m * 7) % size),
        ),
      );
      expect(verdict("set", adds, reads.flat())).to.equal("passed");
      expect(verdict("set", adds, reads.flat(), done(999, "read", null, [0]))).to.equal("failed");
    });
  });

  describe("as queue", () => {
    const put = (process: number, value: unknown) => done(process, "enqueue", value);
    const got = (process: number, value: unknown) => done(process, "dequeue", null, value);

    it("is first in, first out, and gives null when it is empty", () => {
      expect(
        verdict("queue", got(1, null), put(0, 1), put(0, 2), got(1, 1), got(1, 2), got(1, null)),
      ).to.equal("passed");
    });

    it("finds a double dequeue, a wrong order, a lost element, and one of nowhere", () => {
      expect(verdict("queue", put(0, 1), got(1, 1), got(2, 1))).to.equal("failed");
      expect(verdict("queue", put(0, 1), put(0, 2), got(1, 2), got(1, 1))).to.equal("failed");
      expect(verdict("queue", put(0, 1), put(0, 2), got(1, 2))).to.equal("failed");
      expect(verdict("queue", put(0, 1), got(1, null))).to.equal("failed");
      expect(verdict("queue", got(1, 1))).to.equal("failed");
    });

    it("lets a dequeue of unknown outcome have taken any element, or none", () => {
      const unknown = unsure(5, "dequeue");
      expect(verdict("queue", put(0, 1), put(0, 2), unknown, got(1, 2))).to.equal("passed");
      expect(verdict("queue", put(0, 1), unknown, got(1, 1))).to.equal("passed");
      expect(verdict("queue", unknown, put(0, 1), got(1, null))).to.equal("passed");
      expect(verdict("queue", put(0, 1), put(0, 2), unknown, got(1, null))).to.equal("failed");
      expect(verdict("queue", got(1, null), put(0, 1), invoke(5, "dequeue"), got(1, null))).to.equal(
        "passed",
      );
    });

    it("does not know, where the prefix ends, what a dequeue under way will give", () => {
      // After event 7 the dequeue of process 5 may have taken 1. That it took 3 is known at event 9 only.
      const lines = [put(0, 1), put(0, 2), put(0, 3), invoke(5, "dequeue"), got(1, 2), ok(5, "dequeue", 3)];
      const result = check("queue", ...lines);
      expect(result.verdict).to.equal("failed");
      expect(result.anomalies[0]?.message).to.include("dequeue → 3 (event 6)").and.include("has 5 answers");
      expect(verdict("queue", ...lines.slice(0, -1))).to.equal("passed");
    });
  });

  describe("as mutex", () => {
    const acquire = (process: number) => done(process, "acquire", null);
    const release = (process: number) => done(process, "release", null);

    it("finds two holders, and a release of what is free", () => {
      expect(verdict("mutex", acquire(0), release(0), acquire(1))).to.equal("passed");
      expect(verdict("mutex", acquire(0), acquire(1))).to.equal("failed");
      expect(verdict("mutex", release(0))).to.equal("failed");
    });

    it("has no owner", () => expect(verdict("mutex", acquire(0), release(1), acquire(1))).to.equal("passed"));

    it("does not force an acquire or release of unknown outcome", () => {
      expect(verdict("mutex", unsure(0, "acquire"), acquire(1))).to.equal("passed");
      expect(verdict("mutex", unsure(0, "acquire"), release(1))).to.equal("passed");
      expect(verdict("mutex", acquire(0), unsure(0, "release"), acquire(1))).to.equal("passed");
      expect(verdict("mutex", acquire(0), unsure(0, "release"), acquire(1), acquire(2))).to.equal("failed");
    });

    it("lets a process be used again and again", () => {
      const rounds = Array.from({ length: 50 }, () => [...acquire(0), ...release(0)]).flat();
      expect(verdict("mutex", rounds)).to.equal("passed");
    });
  });

  describe("as fenced-mutex", () => {
    const hold = (process: number, fence?: number) => [
      ...done(process, "acquire", null, fence === undefined ? null : { fence }),
      ...done(process, "release", null),
    ];

    it("finds a fence that goes back or is given twice, and two holders", () => {
      expect(verdict("fenced-mutex", hold(0, 1), hold(1, 5), hold(0, 6))).to.equal("passed");
      expect(verdict("fenced-mutex", hold(0, 5), hold(1, 4))).to.equal("failed");
      expect(verdict("fenced-mutex", hold(0, 5), hold(1, 5))).to.equal("failed");
      expect(verdict("fenced-mutex", hold(0, 5).slice(0, 2), hold(1, 6))).to.equal("failed");
    });

    it("orders concurrent acquires by their fences, whichever answered first", () => {
      const both = [
        invoke(2, "release"),
        invoke(0, "acquire"),
        invoke(1, "acquire"),
        ok(0, "acquire", { fence: 2 }),
      ];
      expect(verdict("fenced-mutex", both, ok(1, "acquire", { fence: 1 }))).to.equal("passed");
    });

    it("knows nothing of the fence of an acquire without an answer, or without a fence", () => {
      const unknown = [...unsure(0, "acquire"), ...unsure(1, "release")];
      expect(verdict("fenced-mutex", hold(2, 1), unknown, hold(2, 2), hold(3))).to.equal("passed");
    });

    it("refuses a fence that is no number", () => {
      const odd = done(0, "acquire", null, { fence: "1" });
      expect(() => check("fenced-mutex", odd)).to.throw(UsageError, "event 1 (ok acquire)");
    });
  });

  it("judges keys apart, and names the one that is wrong", () => {
    const keyed = (key: string, lines: Line[]): Line[] =>
      lines.map(([type, process, f, rest]) => [type, process, f, { ...rest, key }]);
    const right = keyed("x", [...done(0, "write", 1), ...done(0, "read", null, 1)]);
    const wrong = keyed("y", [...done(1, "write", 1), ...done(1, "read", null, null)]);
    const result = check("register", right, wrong);
    expect(result.anomalies.map(({ message }) => message.slice(0, 8))).to.deep.equal(['key "y":']);
    expect(result.counts).to.deep.equal({ keys: 2, decided: 2, operations: 4, nonlinearizable: 1 });
  });

  it("is inconclusive when nothing was answered", () => {
    expect(check("register")).to.include({
      verdict: "inconclusive",
      reason: "no operation of the model register was answered ok",
    });
    expect(verdict("register", unsure(0, "write", 1))).to.equal("inconclusive");
  });

  it("knows its models only", () => {
    expect(() => linearizable({ model: "tree" as never })).to.throw(UsageError, 'no model "tree"');
    expect(() => linearizable({ model: "toString" as never })).to.throw(UsageError);
  });

  describe("with a budget", () => {
    /** Appends under way whose orders are as many as there are, read as none of them could give. */
    const hard = [
      ...Array.from({ length: 24 }, (_, n) => invoke(n, "append", String.fromCharCode(97 + n))),
      ...Array.from({ length: 24 }, (_, n) => ok(n, "append", String.fromCharCode(97 + n))),
      ...Array.from({ length: 24 }, (_, n) =>
        done(
          99,
          "get",
          null,
          [...Array(24).keys()].map((m) => String.fromCharCode(97 + ((m * 5 + n) % 24))).join(""),
        ),
      ).flat(),
    ];
    const spentAfter = (questions: number) => {
      const clock = new ManualClock();
      let asked = 0;
      const used = () => (++asked > questions ? 3 : 1) * 100 * 1024 ** 2;
      return new Budget({ time: "1h", memoryBytes: 200 * 1024 ** 2, clock, memoryUsed: used });
    };
    const keyed = (key: string, lines: readonly Line[]): Line[] =>
      lines.map(([type, process, f, rest]) => [type, process + 1_000 * key.length, f, { ...rest, key }]);

    it("gives up and says what it spent, and how far it came", () => {
      const lines = [
        ...keyed("hard", hard),
        ...keyed("x", [...done(0, "put", "a"), ...done(0, "get", null, "a")]),
      ];
      const result = linearizable({ model: "kv" }).check(history(...lines), spentAfter(60));
      expect(result.verdict).to.equal("inconclusive");
      expect(result.reason).to.match(
        /^gave up with 1 of 2 keys decided \(50 operations\): used 300 MiB of memory/,
      );
    });

    it("still fails what it found before, though a harder key came first", () => {
      const lines = [
        ...keyed("hard", hard),
        ...keyed("x", [...done(0, "put", "a"), ...done(0, "get", null, "b")]),
      ];
      const result = linearizable({ model: "kv" }).check(history(...lines), spentAfter(60));
      expect(result.verdict).to.equal("failed");
      expect(result.anomalies[0]?.message).to.match(/^key "x"/);
      expect(result.counts).to.include({ decided: 1, keys: 2 });
    });

    it("decides nothing when all is spent before it begins", () => {
      const result = linearizable({ model: "kv" }).check(history(...done(0, "put", "a")), spentAfter(0));
      expect(result).to.include({ verdict: "inconclusive" });
    });
  });

  describe("an anomaly put into a correct execution", () => {
    const wrong: Record<ModelName, Line[]> = {
      register: [...done(0, "write", "a"), ...done(0, "write", "b"), ...done(0, "read", null, "a")],
      "cas-register": [
        ...done(0, "write", "a"),
        ...done(0, "cas", ["a", "b"]),
        ...done(0, "cas", ["a", "c"]),
      ],
      kv: [...done(0, "put", "#1"), ...done(0, "put", "#2"), ...done(0, "get", null, "#1")],
      set: [...done(0, "add", "a"), ...done(0, "read", null, [])],
      queue: [...done(0, "enqueue", "a"), ...done(0, "dequeue", null, "a"), ...done(0, "dequeue", null, "a")],
      // More holders at once than releases of unknown outcome can explain.
      mutex: Array.from({ length: 60 }, () => done(0, "acquire", null)).flat(),
      "fenced-mutex": [
        ...[...done(0, "acquire", null, { fence: 2_000 }), ...done(0, "release", null)],
        ...done(0, "acquire", null, { fence: 1_999 }),
      ],
    };
    for (const model of linearizableModels) {
      it(`is found: ${model}`, () => {
        const picks = fc.array(fc.nat(0xffff), { maxLength: 150 });
        fc.assert(
          fc.property(picks, picks, fc.nat(), (picks, others, at) => {
            const right = simulate(clientsOf(model, 3, "right", 4), picks);
            const lines = wrong[model].map(
              (line): Line => [line[0], line[1], line[2], { ...line[3], key: "wrong" }],
            );
            const clients = simulate(clientsOf(model, 3, "wrong", 4), others);
            const processes = freshProcess(right);
            const joined = inserted(
              right,
              at % (right.length + 1),
              clients.map((event) => ({ ...event, process: event.process + processes })),
            );
            const spoilt = history(...lines).map((event) => ({ ...event, process: freshProcess(joined) }));
            const result = linearizable({ model }).check(inserted(joined, at % (joined.length + 1), spoilt));
            expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["nonlinearizable"]);
            expect(result.anomalies[0]?.message).to.match(/^key "wrong": no order explains/);
          }),
          { numRuns: 50 },
        );
      });
    }
  });
});
