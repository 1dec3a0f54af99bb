import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { compareWindows } from "./compare.ts";
import { turns, windowOf } from "./testing/windows.ts";
import type { Measure } from "./window.ts";

/** So many values around `middle`, a few percent up and down. */
const around = (middle: number, count: number, by = 0.02) =>
  Array.from({ length: count }, (_, n) => middle * (1 + by * Math.sin(n * 2.4)));
const compare = (a: readonly number[], b: readonly number[], tolerance?: number) => {
  const sides = turns(a, b);
  const comparison = compareWindows(sides.a, sides.b, { tolerance });
  const [measure] = comparison.measures;
  if (measure === undefined) throw new Error("nothing was compared");
  return { ...comparison, measure };
};

describe("compareWindows", () => {
  it("tells a regression by its ratio, interval and effect size", () => {
    const { verdict, reason, layout, measure, windows, tolerance } = compare(
      around(100, 8),
      around(120, 8, 0.03),
    );
    expect({ verdict, layout, windows, tolerance }).to.deep.equal({
      verdict: "regression",
      layout: "interleaved",
      windows: { a: 8, b: 8 },
      tolerance: 0.05,
    });
    expect(measure.change?.estimate).to.be.closeTo(1.2, 0.01);
    expect(measure.change?.low).to.be.within(1.15, 1.2);
    expect(measure.change?.high).to.be.within(1.2, 1.25);
    expect(measure.dominance).to.equal(1);
    expect(measure.pWorse).to.equal(1 / 256);
    expect(reason).to.match(/^http_req_duration p\(50\): 20 % slower \(19 to 2[01] % slower\)$/);
  });

  it("lets a difference pass that is certain and small", () => {
    const { verdict, measure } = compare(around(100, 8), around(102, 8));
    expect(verdict).to.equal("no difference");
    expect(measure.change?.low).to.be.above(1);
    expect(measure.reason).to.equal("2 % slower");
    expect(compare(around(100, 8), around(102, 8), 0.01).verdict).to.equal("regression");
  });

  it("takes faster for an improvement, and more iterations a second too", () => {
    expect(compare(around(100, 8), around(80, 8)).verdict).to.equal("improvement");
    const iterations = (values: readonly number[]) =>
      values.map((value): Measure[] => [{ metric: "iterations", statistic: "per second", value }]);
    const more = turns(iterations(around(10, 8)), iterations(around(12, 8)));
    expect(compareWindows(more.a, more.b)).to.include({
      verdict: "improvement",
      reason: "iterations per second: 20 % more",
    });
    const fewer = compareWindows({ ...more.b, name: "a" }, { ...more.a, name: "b" });
    expect(fewer.verdict).to.equal("regression");
    expect(fewer.measures[0]?.change?.estimate).to.be.closeTo(1 / 1.2, 0.001);
    expect(fewer.measures[0]?.dominance).to.equal(1);
  });

  it("says of noise how many pairs more may decide", () => {
    const { verdict, measure } = compare(around(100, 8, 0.06), around(101, 8, -0.06));
    expect(verdict).to.equal("inconclusive");
    expect(measure.reason).to.match(/^too noisy: .* % faster to .* % slower; about \d+ more pairs may tell$/);
    const hopeless = compare(around(100, 8, 0.3), around(105, 8, -0.3));
    expect(hopeless.measure.reason).to.match(/^too noisy: .*; take longer windows, or a quieter machine$/);
  });

  it("says of too few windows how many it takes", () => {
    const { verdict, measure } = compare([100, 100], [200, 200]);
    expect(verdict).to.equal("inconclusive");
    expect(measure.reason).to.equal(
      "too few windows: to tell a difference in any of 1 measure(s) takes at least 6 pairs, there are 2",
    );
    expect(measure.change).to.deep.include({ low: null, high: null });
    expect(compare([100], [200]).measure.reason).to.contain("at least 6 pairs, there are 1");
  });

  it("does not let one window with a pause move a regression or make one", () => {
    const paused = around(100, 12).with(4, 900);
    expect(compare(around(100, 12), paused).verdict).to.not.equal("regression");
    expect(compare(paused, around(130, 12)).verdict).to.equal("regression");
  });

  it("compares pairs by time, so that what both of a pair share cancels", () => {
    const machine = [1, 1.6, 0.7, 2, 1.2, 0.8, 1.5, 1.1];
    const drifting = (by: number) => around(100, 8).map((value, n) => value * by * (machine[n] ?? 1));
    const sides = turns(drifting(1), drifting(1.2));
    const shuffled = { ...sides.b, windows: sides.b.windows.toReversed() };
    expect(compareWindows(sides.a, shuffled).verdict).to.equal("regression");
  });

  it("leaves out a last window without a partner, and says so", () => {
    const { a, b } = turns(around(100, 8), around(101, 8));
    const cut = compareWindows(a, { ...b, windows: b.windows.slice(0, -1) });
    expect(cut).to.deep.include({ layout: "interleaved", windows: { a: 7, b: 7 } });
    expect(cut.notes).to.deep.equal(["The last window, a8, has no partner and is left out."]);
  });

  it("compares what ran apart without pairs, tolerates twice as much, and says why", () => {
    const a = { name: "a", windows: around(100, 8).map((value, at) => windowOf(`a${at}`, at, value)) };
    const later = (middle: number) => ({
      name: "b",
      windows: around(middle, 9).map((value, at) => windowOf(`b${at}`, 100 + at, value)),
    });
    const slower = compareWindows(a, later(120));
    expect(slower).to.include({ verdict: "regression", layout: "apart", tolerance: 0.1 });
    expect(slower.notes.join()).to.contain("did not take turns");
    expect(slower.measures[0]?.dominance).to.equal(1);
    expect(compareWindows(a, later(107)).verdict).to.equal("no difference");
  });

  it("compares failures by percentage points, since most are none", () => {
    const failed = (values: readonly number[]) =>
      values.map((value): Measure[] => [{ metric: "http_req_failed", statistic: "failed", value }]);
    const none = failed([0, 0, 0, 0, 0, 0, 0, 0]);
    const same = turns(none, none);
    expect(compareWindows(same.a, same.b)).to.deep.include({ verdict: "no difference" });
    const some = turns(none, failed([0.02, 0.03, 0.02, 0.04, 0.02, 0.03, 0.02, 0.025]));
    const found = compareWindows(some.a, some.b);
    expect(found.verdict).to.equal("regression");
    expect(found.reason).to.equal(
      "http_req_failed failed: 2.5 points more failures (2 to 3.3 points more failures)",
    );
  });

  it("asks more of each measure the more there are", () => {
    const measures = (middle: number, count: number) =>
      around(middle, 8).map((value) =>
        Array.from({ length: count }, (_, n): Measure => ({ metric: `m${n}`, statistic: "p(50)", value })),
      );
    const few = turns(measures(100, 6), measures(120, 6));
    expect(compareWindows(few.a, few.b).verdict).to.equal("regression"); // 6 / 2^8 is below 2.5 %
    const many = turns(measures(100, 7), measures(120, 7));
    const doubtful = compareWindows(many.a, many.b); // 7 / 2^8 is not
    expect(doubtful.verdict).to.equal("inconclusive");
    expect(doubtful.measures[0]?.reason).to.match(/about 1 more pairs may tell/);
    expect(compareWindows(many.a, many.b, { metrics: ["m3"] }).verdict).to.equal("regression");
  });

  it("calls what only one side has, or a window lacks, inconclusive, and judges the rest", () => {
    const both = (value: number): Measure[] => [
      { metric: "stt_start_duration", statistic: "p(50)", value },
      { metric: "ws_message_latency", statistic: "p(50)", value },
    ];
    const a = around(100, 8).map(both);
    const one = turns(
      a,
      a.map((measures) => measures.slice(0, 1)),
    );
    const lacking = compareWindows(one.a, one.b);
    expect(lacking.measures.map(({ verdict }) => verdict)).to.deep.equal(["no difference", "inconclusive"]);
    expect(lacking.reason).to.equal("ws_message_latency p(50): B has no sample of it");
    const torn = turns(
      a,
      a.map((measures, at) => (at === 3 ? measures.slice(1) : measures)),
    );
    expect(compareWindows(torn.a, torn.b).reason).to.contain("window b4 of B has no sample of it");
    const zero = turns(around(100, 8).with(2, 0), around(100, 8));
    expect(compareWindows(zero.a, zero.b).reason).to.contain("it is 0 in window a3 of A: there is no ratio");
  });

  it("leaves k6's own latencies out where the script has its own", () => {
    const of = (...metrics: string[]) => {
      const measures = metrics.map((metric): Measure => ({ metric, statistic: "p(95)", value: 5 }));
      const { a, b } = turns([measures], [measures]);
      return compareWindows(a, b).measures.map(({ metric }) => metric);
    };
    expect(of("http_req_duration", "iteration_duration", "stt_chunk_duration")).to.deep.equal([
      "stt_chunk_duration",
    ]);
    expect(of("http_req_duration", "http_req_waiting", "iteration_duration")).to.deep.equal([
      "http_req_duration",
    ]);
  });

  it("refuses no windows, an unknown metric, and nothing to compare", () => {
    const { a, b } = turns([1, 2], [1, 2]);
    const refused = (work: () => unknown, says: RegExp) => expect(work).to.throw(UsageError, says);
    refused(() => compareWindows({ ...a, windows: [] }, b), /no windows of A/);
    refused(() => compareWindows(a, { ...b, windows: [] }), /no windows of B/);
    refused(() => compareWindows(a, b, { metrics: ["stt"] }), /no window has the metric stt/);
    const empty = turns([[]], [[]]);
    refused(() => compareWindows(empty.a, empty.b), /nothing to compare/);
  });
});
