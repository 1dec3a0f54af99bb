import { expect } from "chai";
import fc from "fast-check";
import { UsageError } from "../util/errors.ts";
import { ordering } from "./ordering.ts";
import { freshProcess, history, inserted, type Line } from "./testing/lines.ts";
import { type Client, simulate } from "./testing/simulation.ts";

type Outcome = "ok" | "fail" | "info";
const key = "k";
const publish = (process: number, seq: number, type: Outcome = "ok"): Line[] => [
  ["invoke", process, "publish", { key, value: { seq } }],
  [type, process, "publish", { key, value: { seq } }],
];
const deliver = (process: number, seq: number): Line[] => [
  ["invoke", process, "deliver"],
  ["ok", process, "deliver", { key, value: { seq } }],
];
const published = (...seqs: number[]) => seqs.flatMap((seq) => publish(0, seq));
const delivered = (...seqs: number[]) => seqs.flatMap((seq) => deliver(9, seq));
const check = (...lines: readonly Line[]) => ordering().check(history(...lines));
const types = (...lines: readonly Line[]) => check(...lines).anomalies.map(({ type }) => type);

describe("the ordering checker", () => {
  it("passes what comes out as it went in, and counts it", () => {
    const result = check(...published(0, 1, 2), ...delivered(0, 1, 2));
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({
      keys: 1,
      acknowledged: 3,
      delivered: 3,
      redelivered: 0,
      undelivered: 0,
    });
  });

  it("finds an element that came out late, and shows both", () => {
    const result = check(...published(0, 1), ...delivered(1, 0));
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["out-of-order"]);
    expect(result.anomalies[0]?.message).to.equal(
      'element 0 of key "k" came out (event 7) after 1 (event 5)',
    );
    expect(result.anomalies[0]?.witnesses.map(({ index }) => index)).to.deep.equal([1, 5, 7]);
  });

  it("calls a second delivery redelivery", () => {
    const result = check(...published(0, 1), ...delivered(0, 1, 0, 1));
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ redelivered: 2 });
  });

  it("finds a gap, but not at the end of a key", () => {
    expect(types(...published(0, 1, 2), ...delivered(0, 2))).to.deep.equal(["gap"]);
    const cut = check(...published(0, 1, 2), ...delivered(0, 1));
    expect(cut.verdict).to.equal("passed");
    expect(cut.counts).to.include({ undelivered: 1 });
  });

  it("misses no element whose publish failed or is unknown", () => {
    for (const type of ["fail", "info"] as const) {
      const result = check(...publish(0, 0), ...publish(1, 1, type), ...publish(2, 2), ...delivered(0, 2));
      expect(result.verdict).to.equal("passed");
    }
  });

  it("lets an unknown publish take effect late", () => {
    expect(types(...publish(0, 0, "info"), ...publish(1, 1), ...delivered(1, 0))).to.deep.equal([]);
  });

  it("counts an element that was published again from its acknowledged publish", () => {
    expect(types(...publish(0, 0, "fail"), ...published(1, 0), ...delivered(1, 0))).to.deep.equal([]);
    expect(
      types(...publish(0, 0, "info"), ...publish(1, 1), ...publish(1, 0), ...delivered(1, 0)),
    ).to.deep.equal([]);
    const again = [...publish(0, 0, "info"), ...publish(1, 0), ...publish(1, 1), ...delivered(1, 0)];
    expect(types(...again)).to.deep.equal(["out-of-order"]);
  });

  it("lets deliveries that overlap come in any order", () => {
    const [begin, end] = deliver(8, 0) as [Line, Line];
    expect(types(...published(0, 1), begin, ...delivered(1), end)).to.deep.equal([]);
    expect(types(...published(0, 1), ...delivered(1), begin, end)).to.deep.equal(["out-of-order"]);
  });

  it("finds what had not gone in, or in vain", () => {
    expect(types(...published(0), ...delivered(0, 7))).to.deep.equal(["unexpected"]);
    expect(types(...delivered(0), ...published(0))).to.deep.equal(["unexpected"]);
    expect(types(...published(0), ...publish(0, 1, "fail"), ...delivered(0, 1))).to.deep.equal([
      "unexpected",
    ]);
    const [begin, end] = publish(0, 0) as [Line, Line];
    expect(types(begin, ...delivered(0), end), "it came out before its ok").to.deep.equal([]);
  });

  it("is inconclusive where a delivery of unknown outcome may have had the element", () => {
    const doubtful = (rest: NonNullable<Line[3]>): Line[] => [
      ["invoke", 5, "deliver", rest],
      ["info", 5, "deliver", rest],
    ];
    const around = (rest: NonNullable<Line[3]>) =>
      check(...published(0, 1, 2), ...delivered(0), ...doubtful(rest), ...delivered(2));
    expect(around({}).verdict).to.equal("inconclusive");
    expect(around({ key }).verdict).to.equal("inconclusive");
    expect(around({ key, value: { seq: 1 } }).verdict).to.equal("inconclusive");
    expect(around({ key, value: { seq: 0 } }).anomalies.map(({ type }) => type)).to.deep.equal(["gap"]);
    expect(around({ key: "other" }).anomalies.map(({ type }) => type)).to.deep.equal(["gap"]);
    const late = [...published(0, 1), ...doubtful({}), ...delivered(1, 0)];
    expect(check(...late).verdict, "0 may have come out before, unheard").to.equal("inconclusive");
    const after = [...published(0, 1), ...delivered(1, 0), ...doubtful({})];
    expect(types(...after)).to.deep.equal(["out-of-order"]);
  });

  it("reads the history of a log, where values have a key and a sequence", () => {
    const value = (seq: number) => ({ key, seq });
    const sent = [0, 1, 2].flatMap((seq): Line[] => [
      ["invoke", 0, "send", { value: value(seq) }],
      ["ok", 0, "send", { value: { key: "t-0", offset: seq, value: value(seq) } }],
    ]);
    const poll = (...seqs: number[]): Line[] => [
      ["invoke", 9, "poll"],
      ["ok", 9, "poll", { value: { "t-0": seqs.map((seq, at) => [at, value(seq)]), rebalance: true } }],
    ];
    expect(check(...sent, ...poll(0, 1), ...poll(1, 2)).counts).to.include({ delivered: 3, redelivered: 1 });
    expect(types(...sent, ...poll(0, 2, 1))).to.deep.equal(["out-of-order"]);
    expect(types(...sent, ...poll(1), ...poll(0, 2))).to.deep.equal(["out-of-order"]);
    expect(types(...sent, ...poll(0, 2))).to.deep.equal(["gap"]);
  });

  it("is inconclusive when nothing went in, or nothing came out", () => {
    expect(check().verdict).to.equal("inconclusive");
    expect(check(...published(0)).verdict).to.equal("inconclusive");
    expect(check(...delivered(0)).verdict).to.equal("inconclusive");
    expect(check(...publish(0, 0, "info"), ...delivered(0)).verdict).to.equal("inconclusive");
  });

  it("refuses a value without a sequence, naming the event", () => {
    expect(() => check(["invoke", 0, "publish", { key, value: 7 }])).to.throw(
      UsageError,
      "event 0 (invoke publish)",
    );
  });
});

/** One publisher a key, and consumers of all keys who get each element in order, sometimes again. */
function pipeline(keys: number, consumers: number): Client[] {
  const logs = Array.from({ length: keys }, () => ({ elements: [] as number[], taken: 0 }));
  const publishers = logs.map((log, n): Client => {
    let seq = 0;
    return () => {
      const value = { seq: seq++ };
      return {
        f: "publish",
        key: `k${n}`,
        value,
        act: () => ({ type: "ok", value: log.elements.push(value.seq) && value }),
      };
    };
  });
  const consuming: Client = (pick) => {
    const n = pick(keys);
    const log = logs[n];
    return {
      f: "deliver",
      key: `k${n}`,
      act: () => {
        if (log === undefined) return { type: "fail" };
        const again = log.taken > 0 && pick(5) === 0;
        const seq = log.elements[again ? log.taken - 1 : log.taken];
        if (seq !== undefined && !again) log.taken++;
        if (seq !== undefined) return { type: "ok", value: { seq } };
        return { type: "fail" };
      },
    };
  };
  return [...publishers, ...Array.from({ length: consumers }, () => consuming)];
}

describe("the ordering checker: any history", () => {
  const executions = fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.nat(), { minLength: 300, maxLength: 300 }),
    )
    .map(([keys, consumers, picks]) => simulate(pipeline(keys, consumers), picks));

  it("fails no correct execution", () => {
    fc.assert(
      fc.property(executions, (events) => {
        expect(ordering().check(events).anomalies).to.deep.equal([]);
      }),
    );
  });

  it("finds one injected anomaly, and names it right", () => {
    const other = "other";
    const step = (process: number, f: string, seq: number): Line[] => [
      ["invoke", process, f, { key: other, value: { seq } }],
      ["ok", process, f, { key: other, value: { seq } }],
    ];
    const injections: Record<string, readonly number[]> = {
      "out-of-order": [0, 2, 1],
      gap: [0, 2],
      unexpected: [0, 1, 2, 3],
    };
    fc.assert(
      fc.property(executions, fc.nat(), fc.constantFrom(...Object.keys(injections)), (events, pick, type) => {
        const process = freshProcess(events);
        const lines = [0, 1, 2].flatMap((seq) => step(process, "publish", seq));
        const out = (injections[type] ?? []).flatMap((seq) => step(process, "deliver", seq));
        const harmed = inserted(events, pick % (events.length + 1), history(...lines, ...out));
        expect(
          ordering()
            .check(harmed)
            .anomalies.map((found) => found.type),
        ).to.deep.equal([type]);
      }),
    );
  });
});
