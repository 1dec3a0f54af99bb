import { expect } from "chai";
import { summarise } from "./window.ts";

describe("a window summed up", () => {
  const window = {
    name: "w",
    startedAt: 1_000,
    endedAt: 21_000,
    latencies: new Map([["d", Array.from({ length: 100 }, (_, n) => 100 - n)]]),
    failures: new Map([["http_req_failed", { failed: 3, total: 60 }]]),
    iterations: 50,
  };

  it("has quantiles of latencies, iterations a second, and the share that failed", () => {
    expect(summarise(window)).to.deep.equal({
      name: "w",
      startedAt: 1_000,
      durationMs: 20_000,
      measures: [
        { metric: "d", statistic: "p(50)", value: 50 },
        { metric: "d", statistic: "p(95)", value: 95 },
        { metric: "iterations", statistic: "per second", value: 2.5 },
        { metric: "http_req_failed", statistic: "failed", value: 0.05 },
      ],
    });
  });

  it("has no number where there was nothing to measure", () => {
    const nothing = {
      ...window,
      endedAt: 1_000,
      latencies: new Map([["d", []]]),
      failures: new Map([["checks", { failed: 0, total: 0 }]]),
    };
    expect(summarise(nothing).measures).to.deep.equal([]);
    const endless = summarise({ ...window, iterations: 0 }).measures;
    expect(endless.map(({ metric }) => metric)).to.not.include("iterations");
  });
});
