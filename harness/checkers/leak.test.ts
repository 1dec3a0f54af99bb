import { expect } from "chai";
import fc from "fast-check";
import type { Sample } from "../report/record.ts";
import { type LeakOptions, leak, leakSlopes } from "./leak.ts";
import { noise, plus, saw, simulated } from "./testing/simulated-series.ts";

const MIB = 1024 ** 2;
/** A sample every 10 s for two hours; the value by the sample's hour. */
const sampled = (valueAt: (hour: number, n: number) => number, node = "stt-1", count = 720): Sample[] =>
  Array.from({ length: count }, (_, n) => ({
    time: n * 10e9,
    metric: "rss_bytes",
    node,
    value: valueAt(n / 360, n),
  }));
const sample = (second: number, value: number, node = "stt-1"): Sample => ({
  time: second * 1e9,
  metric: "rss_bytes",
  node,
  value,
});
const check = (samples: readonly Sample[], options?: LeakOptions) => leak(options).checkSamples(samples);
/** Up and down by some MiB, the same each time. */
const swing = (n: number) => ((n * 7919) % 31) * 0.2 * MIB;

describe("the leak checker", () => {
  it("passes memory that swings and does not grow", () => {
    const result = check(sampled((_, n) => 200 * MIB + swing(n)));
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ "stt-1 samples": 714 });
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
    const ofStill = check([...growing, ...still], { nodes: ["stt-2"] });
    expect(ofStill.verdict).to.equal("passed");
    expect(ofStill.reason).to.match(/^rss_bytes of 1 series shows no significant growth beyond 0 an hour; /);
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

  it("finds a slow leak in ten minutes of a sample a second, and says how long it takes to the limit", () => {
    const leaking = simulated(
      plus(saw(30, 60), (n) => (n * 40) / 600),
      3,
      600,
    );
    const perSecond = leaking.map((value, n) => sample(n, (200 + value) * MIB));
    const result = check(perSecond, { limit: 512 * MIB });
    expect(result.verdict).to.equal("failed");
    expect(result.reason).to.match(/, and reaches its limit in (5\d m|1 h)/);
    expect(result.counts["stt-1 per hour"]).to.be.closeTo(240 * MIB, 60 * MIB);
  });

  it("passes what rose by a step, and says so; leaves open what has not levelled off", () => {
    const stepped = simulated(noise, 1, 600).map((v, n) =>
      sample(n, 100 * MIB + (v + (n > 330 ? 2 : 0)) * MIB),
    );
    expect(check(stepped, {}).verdict).to.equal("passed");
    expect(check(stepped).reason).to.include("stt-1: rose once, by a step");
    const warming = sampled((_, n) => (100 - 90 * Math.exp(-n / 300)) * MIB);
    const open = check(warming);
    expect(open.verdict).to.equal("inconclusive");
    expect(open.reason).to.include("ever more slowly: run longer, or set a longer warm-up");
  });

  it("judges what was sampled under load, not the drain in which a leak by the request stands still", () => {
    const leaking = (n: number) => sample(n, 60 + Math.min(n, 40) + (n % 3));
    const samples = Array.from({ length: 60 }, (_, n) => leaking(n));
    const phases = [
      { name: "steady" as const, from: 0, to: 40e9 },
      { name: "drain" as const, from: 40e9, to: 60e9 },
    ];
    expect(leak({ warmUp: "5s" }).checkSamples(samples, phases).verdict).to.equal("failed");
    expect(check(samples, { warmUp: "5s" }).verdict).not.to.equal("failed");
  });

  it("says what it could not have seen, and passes nothing where it has to see it", () => {
    const swinging = sampled((_, n) => 200 * MIB + swing(n));
    const [slope] = leakSlopes(swinging).slopes;
    if (slope === undefined) throw new Error("no slope");
    expect(check(swinging, { mustSee: slope.visible * 1.01 }).verdict).to.equal("passed");
    const blind = check(swinging, { mustSee: slope.visible * 0.99 });
    expect(blind.verdict).to.equal("inconclusive");
    expect(blind.reason).to.match(
      /swings too much for so short a run: growth below [\d,]+ an hour would not be seen/,
    );
  });

  it("counts what it could not have seen from what is borne on, for growth is to exceed that", () => {
    const swinging = sampled((_, n) => 200 * MIB + swing(n));
    const [slope] = leakSlopes(swinging).slopes;
    if (slope === undefined) throw new Error("no slope");
    const perHour = 3 * slope.visible;
    const seen = perHour + slope.visible;
    expect(check(swinging, { perHour, mustSee: seen * 1.01 }).verdict).to.equal("passed");
    expect(check(swinging, { perHour, mustSee: seen * 0.99 }).verdict).to.equal("inconclusive");
    expect(check(swinging, { perHour }).counts["stt-1 per hour, smallest seen"]).to.be.closeTo(seen, 1);
    // Which is so: what is not quite borne passes, and what is that much more does not.
    const growing = (slope: number) =>
      check(
        sampled((hour, n) => slope * hour + swing(n)),
        { perHour },
      );
    expect(growing(perHour * 1.05).verdict).to.equal("passed");
    expect(growing(seen).verdict).not.to.equal("passed");
  });

  it("leaves no question open by what is there now and then only, and says so; by what came late, it does", () => {
    const resources = (type: string, times: readonly number[]) =>
      times.map((n) => ({
        ...{ time: n * 5e9, metric: "active_resources", node: "stt-1", labels: { type } },
        value: 1,
      }));
    const turns = Array.from({ length: 120 }, (_, n) => n);
    const judged = (...others: readonly Sample[]) =>
      check(
        [...resources("Timeout", turns), ...others].sort((a, b) => a.time - b.time),
        { metric: "active_resources" },
      );
    const seldom = judged(...resources("FSReqCallback", [30, 77, 78, 110]));
    expect(seldom.verdict).to.equal("passed");
    expect(seldom.reason).to.match(/; there too seldom to be judged: stt-1 type=FSReqCallback$/);
    const late = judged(...resources("TCPSocketWrap", turns.slice(100)));
    expect(late.verdict).to.equal("inconclusive");
    expect(late.reason).to.include("stt-1 type=TCPSocketWrap");
    // Of a node of which nothing else is judged, seldom is not enough either.
    const only = resources("FSReqCallback", [30, 77, 110]).map((one) => ({ ...one, node: "stt-2" }));
    expect(judged(...only).verdict).to.equal("inconclusive");
  });

  it("begins anew with a restarted process, and judges the longest life", () => {
    // Each life climbs a little from a low start, as every warm-up does: together they look like stairs.
    const lives = [0, 1, 2, 3, 4].flatMap((life) => [
      { time: life * 600e9, metric: "process_started", node: "stt-1", value: life },
      ...Array.from({ length: 600 }, (_, n) => sample(life * 600 + n, (100 + 30 * life) * MIB)),
    ]);
    expect(check(lives).verdict).to.equal("passed");
    expect(check(lives).counts).to.include({ "stt-1 samples": 540, "stt-1 per hour": 0 });
    expect(check(lives.filter(({ metric }) => metric === "rss_bytes")).verdict).to.equal("failed");
  });

  it("judges what it has so far as it does in the end, and bears gaps", () => {
    const growing = sampled((hour, n) => 200 * MIB + hour * 30 * MIB + swing(n)).filter(
      ({ time }) => time < 2000e9 || time > 3000e9,
    );
    const watch = leak().watchSamples?.();
    if (watch === undefined) throw new Error("leak cannot watch");
    expect(watch.soFar().verdict).to.equal("inconclusive");
    for (const one of growing) watch.add(one);
    expect(watch.soFar()).to.deep.equal(check(growing));
    expect(watch.soFar().verdict).to.equal("failed");
  });

  it("judges each of many series by its share of the doubt", () => {
    const many = Array.from({ length: 60 }, (_, seed) =>
      simulated(noise, seed, 200).map((v, n) => sample(n, v, `n-${seed}`)),
    ).flat();
    expect(check(many).verdict).to.equal("passed");
    expect(leakSlopes(many, { warmUp: "0s" }).slopes[0]?.confidence).to.be.closeTo(1 - 0.01 / 60, 1e-9);
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
