import { expect } from "chai";
import fc from "fast-check";
import type { Sample } from "../report/record.ts";
import { type LeakOptions, leak, leakSlopes } from "./leak.ts";

const MIB = 1024 ** 2;
/** A sample every 10 s for two hours; the value by the sample's hour. */
const sampled = (valueAt: (hour: number, n: number) => number, node = "stt-1", count = 720): Sample[] =>
  Array.from({ length: count }, (_, n) => ({
    time: n * 10e9,
    metric: "rss_bytes",
    node,
    value: valueAt(n / 360, n),
  }));
const check = (samples: readonly Sample[], options?: LeakOptions) => leak(options).checkSamples(samples);
/** Up and down by some MiB, the same each time. */
const swing = (n: number) => ((n * 7919) % 31) * 0.2 * MIB;

describe("the leak checker", () => {
  it("passes memory that swings and does not grow", () => {
    const result = check(sampled((_, n) => 200 * MIB + swing(n)));
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ "stt-1 samples": 600 });
  });

  it("finds memory that grows slower than it swings, and says how fast", () => {
    const result = check(
      sampled((hour, n) => 200 * MIB + hour * 3 * MIB + swing(n)),
      { limit: 506 * MIB },
    );
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["leak"]);
    expect(result.reason).to.match(
      /rss_bytes of stt-1 grows by 3,1\d\d,\d{3} an hour .*, and reaches its limit in (9\d|10\d) h/,
    );
  });

  it("judges only the nodes that are named, where some are", () => {
    const growing = sampled((hour) => (100 + hour) * MIB, "stt-1");
    const still = sampled(() => 100 * MIB, "stt-2");
    expect(check([...growing, ...still], { nodes: ["stt-2"] })).to.deep.include({
      verdict: "passed",
      reason: "rss_bytes of 1 series shows no significant growth beyond 0 an hour",
    });
    expect(check([...growing, ...still], { nodes: ["stt-1"] }).verdict).to.equal("failed");
    expect(check(growing, { nodes: ["stt-3"] }).verdict).to.equal("inconclusive");
  });

  it("leaves the warm-up out", () => {
    const warming = sampled((hour, n) => (n < 60 ? 100 + n : 200) * MIB + hour * 0);
    expect(check(warming, { warmUp: "10m" }).verdict).to.equal("passed");
    expect(leakSlopes(warming, { warmUp: "10m" }).slopes[0]?.slope).to.equal(0);
  });

  it("bears growth that it is told to bear, and what may be no more than that", () => {
    const growing = sampled((hour, n) => 200 * MIB + hour * 3 * MIB + swing(n));
    expect(check(growing, { perHour: 2 * MIB }).verdict).to.equal("failed");
    expect(check(growing, { perHour: 3 * MIB }).verdict).to.equal("passed");
  });

  it("does not call shrinking a leak", () => {
    expect(check(sampled((hour) => 200 * MIB - hour * MIB)).verdict).to.equal("passed");
  });

  it("judges each node, and each set of labels, alone", () => {
    const both = [...sampled(() => 200 * MIB), ...sampled((hour) => 200 * MIB + hour * MIB, "stt-2")];
    expect(check(both).anomalies.map(({ message }) => message.includes("stt-2"))).to.deep.equal([true]);
    const lag = both.map(({ time, value }, n) => {
      return { time, value, metric: "consumer_lag", labels: { group: "g", topic: n < 720 ? "a" : "b" } };
    });
    const slopes = leakSlopes(lag, { metric: "consumer_lag" }).slopes;
    expect(slopes.map(({ series }) => series)).to.deep.equal(["group=g topic=a", "group=g topic=b"]);
  });

  it("is inconclusive without samples, and with too few after the warm-up", () => {
    expect(check([]).verdict).to.equal("inconclusive");
    expect(check(sampled((hour) => hour, "stt-1", 30)).verdict).to.equal("inconclusive");
    const short = check([...sampled(() => 1), ...sampled(() => 1, "stt-2", 20)]);
    expect(short.verdict).to.equal("inconclusive");
    expect(short.reason).to.include("stt-2").and.not.to.include("stt-1");
  });

  it("finds every steady growth, and never calls a bounded saw a leak", () => {
    const period = fc.integer({ min: 2, max: 24 });
    fc.assert(
      fc.property(period, fc.integer({ min: 1, max: 200 }), (samplesATooth, growthMiB) => {
        const saw = (n: number) => (n % samplesATooth) * 0.1 * MIB;
        const teeth = Math.floor(720 / samplesATooth) * samplesATooth;
        expect(check(sampled((_, n) => saw(n), "a", teeth)).verdict).to.equal("passed");
        const growing = check(sampled((hour, n) => saw(n) + hour * growthMiB * MIB, "a", teeth));
        expect(growing.anomalies.map(({ type }) => type)).to.deep.equal(["leak"]);
      }),
      { numRuns: 15 },
    );
  });
});
