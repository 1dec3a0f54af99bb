import { existsSync } from "node:fs";
import v8 from "node:v8";
import vm from "node:vm";
import { expect } from "chai";
import { noise, type SeriesKind, simulated } from "../../../harness/checkers/testing/simulated-series.ts";
import type { Sample } from "../../../harness/report/record.ts";
import { loadScenarios } from "../../../harness/run/load-scenarios.ts";
import { instances, noLeaks } from "../leaks.ts";
import { kibibyte } from "./kibibyte.ts";
import { slowedBy } from "./slowing.ts";

const minutes = 10;

const mib = 1024 ** 2;

/** A metric of both instances: the noise of so much around a level, and growth by the minute in the first. */
function sampledBoth(metric: string, everyMs: number, [level, swing, aMinute]: readonly number[]): Sample[] {
  const kind: SeriesKind = noise;
  return instances.flatMap((node, at) =>
    simulated(kind, at + 1, (minutes * 60_000) / everyMs).map((value, n) => {
      const grown = at === 0 ? ((aMinute ?? 0) * n * everyMs) / 60_000 : 0;
      const of = (level ?? 0) + (swing ?? 0) * value + grown;
      return { time: n * everyMs * 1e6, metric, node, value: of };
    }),
  );
}

const judge = (samples: readonly Sample[]) => noLeaks("2m").checkSamples(samples);

describe("the leak mutants", () => {
  it("each declare one mistake, which a leak checker has to find", async () => {
    const mutants = await loadScenarios([import.meta.dirname]);
    expect(mutants).to.have.length(8);
    for (const { file, scenario } of mutants) {
      expect(scenario.mutant?.mistake, file).to.match(/^[A-Z].*\.$/);
      expect(scenario.mutant?.caughtBy, file).to.equal("leak");
      expect(
        scenario.checks.map(({ name }) => name),
        file,
      ).to.include("leak");
      const { entry, diagnostics } = JSON.parse(scenario.topology.key) as Record<string, unknown>;
      expect(existsSync(String(entry)), `${entry} of ${file}`).to.equal(true);
      expect(diagnostics, file).to.equal(true);
    }
    expect(new Set(mutants.map(({ scenario }) => scenario.mutant?.mistake)).size).to.equal(mutants.length);
  });

  it("leave a kibibyte where they say so", () => {
    v8.setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = vm.runInNewContext("gc");
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 20_000 }, kibibyte);
    collectGarbage();
    const each = (process.memoryUsage().heapUsed - before) / kept.length;
    expect(each).to.be.within(1_000, 1_200);
  });

  it("slow down by 0.1 % a minute", () => {
    expect(slowedBy(0)).to.equal(0);
    expect(slowedBy(60_000)).to.be.closeTo(0.001, 1e-12);
    expect(slowedBy(4 * 3_600_000)).to.be.closeTo(0.24, 1e-9);
  });

  it("are not found where there is none, for all that comes and goes", () => {
    const calm = (metric: string, everyMs: number, level: number, swing: number, labels = {}) =>
      sampledBoth(metric, everyMs, [level, swing, 0]).map((sample) => ({ ...sample, labels }));
    const rare = (sample: Sample) => (sample.time / 5e9) % 17 === 3;
    const samples = [
      ...calm("heap_after_gc_bytes", 10_000, 60 * mib, 0.5 * mib),
      ...calm("external_bytes", 5_000, 9 * mib, 0.2 * mib),
      ...calm("rss_bytes", 1_000, 180 * mib, 3 * mib),
      ...calm("open_files", 1_000, 90, 2),
      ...calm("sockets", 1_000, 40, 1.5),
      ...calm("threads", 1_000, 11, 0),
      ...calm("active_resources", 5_000, 30, 4, { type: "TCPSocketWrap" }),
      ...calm("active_resources", 5_000, 1, 0, { type: "FSReqCallback" }).filter(rare),
      ...calm("database_pool", 5_000, 5, 1, { state: "idle" }),
      ...calm("event_loop_lag_seconds", 5_000, 0.012, 0.001),
      ...calm("stage_seconds", 5_000, 0.3, 0.02, { stage: "processing", outcome: "ok" }),
      ...calm("stage_seconds", 5_000, 0.3, 0.01, { stage: "processing", outcome: "busy" }).filter(rare),
      ...calm("connections", 1_000, 60, 3),
      ...calm("consumer_lag", 1_000, 4, 2),
    ].sort((a, b) => a.time - b.time);
    const result = judge(samples);
    expect(result.verdict, result.reason).to.equal("passed");
    expect(result.reason).to.include(
      "stage_seconds: there too seldom to be judged: stt-1 stage=processing outcome=busy",
    );
  });

  it("are found at the rate at which they leak, in the instance that leaks; without a leak nothing is", () => {
    // Level, swing and growth a minute. At four recordings a second an instance has some twenty requests a second, two conversions.
    const cases: readonly (readonly [string, number, readonly number[]])[] = [
      ["heap_after_gc_bytes", 10_000, [60 * mib, 0.5 * mib, ((20 * 60) / 1024) * mib]],
      ["sockets", 1_000, [40, 1.5, 120]],
      ["active_resources", 5_000, [30, 4, 120]],
      ["connections", 1_000, [60, 3, 120]],
      ["open_files", 1_000, [90, 2, 3]], // one kept on error every twenty seconds
    ];
    for (const [metric, everyMs, [level = 0, swing = 0, aMinute = 0]] of cases) {
      const leaking = judge(sampledBoth(metric, everyMs, [level, swing, aMinute]));
      expect(leaking.verdict, metric).to.equal("failed");
      expect(leaking.anomalies.map(({ message }) => message.split(" ").slice(0, 3).join(" "))).to.deep.equal([
        `${metric} of stt-1`,
      ]);
      // What is not sampled here leaves the question open, and this metric does not.
      const calm = judge(sampledBoth(metric, everyMs, [level, swing, 0]));
      expect(calm.verdict, `${metric}, calm`).to.equal("inconclusive");
      expect(calm.reason.split("; "), `${metric}, calm`).to.have.length(11);
    }
  });
});
