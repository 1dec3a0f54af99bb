import { expect } from "chai";
import type { Sample } from "../report/record.ts";
import { leaks } from "./leaks.ts";
import { noise, simulated } from "./testing/simulated-series.ts";

/** Ten minutes of a metric around 100, with growth by the minute. */
const sampled = (metric: string, aMinute: number, seed: number): Sample[] =>
  simulated(noise, seed, 600).map((value, n) => {
    return { time: n * 1e9, metric, node: "stt-1", value: 100 + value + (aMinute * n) / 60 };
  });

describe("leaks of several metrics", () => {
  const check = leaks([{ metric: "sockets" }, { metric: "threads", perHour: 100 }]);

  it("pass when nothing of any grows, with the figures of each", () => {
    const result = check.checkSamples([...sampled("sockets", 0, 1), ...sampled("threads", 0, 2)]);
    expect(result).to.include({ name: "leak", verdict: "passed" });
    expect(result.reason).to.equal("none of 2 metrics grows beyond its bound: sockets, threads");
    expect(result.counts).to.include.keys("sockets of stt-1 per hour", "threads of stt-1 per hour");
  });

  it("find what grows in one of them, each beyond its own bound", () => {
    const growing = check.checkSamples([...sampled("sockets", 1, 1), ...sampled("threads", 1, 2)]);
    expect(growing.verdict).to.equal("failed");
    expect(growing.anomalies.map(({ message }) => message.split(" ")[0])).to.deep.equal(["sockets"]);
  });

  it("are open when one of them is, and pass nothing that was not sampled", () => {
    const result = check.checkSamples(sampled("sockets", 0, 1));
    expect(result).to.include({ verdict: "inconclusive", reason: "threads was not sampled" });
  });

  it("say what rose by a step, and of which metric", () => {
    const stepped = sampled("sockets", 0, 1).map((one, n) => ({
      ...one,
      value: one.value + (n > 300 ? 1.5 : 0),
    }));
    const result = check.checkSamples([...stepped, ...sampled("threads", 0, 2)]);
    expect(result.verdict).to.equal("passed");
    expect(result.reason).to.match(/threads; sockets: stt-1: rose once, by a step$/);
  });

  it("say so far what they say in the end", () => {
    const samples = [...sampled("sockets", 1, 1), ...sampled("threads", 0, 2)];
    const watch = check.watchSamples?.();
    for (const sample of samples) watch?.add(sample);
    expect(watch?.soFar()).to.deep.equal(check.checkSamples(samples));
  });
});
