import { expect } from "chai";
import { instanceMetrics } from "../util/testing/instance-metrics.ts";
import { ServiceMetrics } from "./service-metrics.ts";

describe("an instance's metrics", () => {
  it("are sampled under the harness's names, the node in place of the instance, series apart by their label", () => {
    expect(new ServiceMetrics().samplesOf(instanceMetrics, "stt-1", 5)).to.deep.equal([
      { time: 5, metric: "heap_bytes", node: "stt-1", value: 23456789 },
      { time: 5, metric: "database_pool", node: "stt-1", labels: { state: "total" }, value: 7 },
      { time: 5, metric: "database_pool", node: "stt-1", labels: { state: "waiting" }, value: 2 },
      { time: 5, metric: "active_resources", node: "stt-1", labels: { type: "Timeout" }, value: 12 },
    ]);
  });

  describe("of durations", () => {
    const metrics = (sum: number, count: number, started: number, outcome = "ok") =>
      `process_start_time_seconds{instance="stt-1"} ${started}
stt_stage_duration_seconds_sum{stage="encoding",outcome="${outcome}"} ${sum}
stt_stage_duration_seconds_count{stage="encoding",outcome="${outcome}"} ${count}`;
    const mean = (time: number, value: number, outcome = "ok") => [
      { time, metric: "stage_seconds", node: "stt-1", labels: { stage: "encoding", outcome }, value },
    ];

    it("give the mean between two turns, and nothing of the time before the first", () => {
      const service = new ServiceMetrics();
      const turn = (time: number, text: string) => service.samplesOf(text, "stt-1", time);
      expect(turn(1, metrics(400, 2, 50))).to.deep.equal([]);
      expect(turn(2, metrics(403, 3, 50))).to.deep.equal(mean(2, 3));
      expect(turn(3, metrics(403, 3, 50))).to.deep.equal([]);
      expect(turn(4, metrics(7, 1, 50, "error"))).to.deep.equal(mean(4, 7, "error")); // the first of its kind
    });

    it("begin at nothing with another process, however much it has already handled", () => {
      const service = new ServiceMetrics();
      const turn = (time: number, text: string) => service.samplesOf(text, "stt-1", time);
      turn(1, metrics(40, 4, 50));
      expect(turn(2, metrics(2, 1, 60))).to.deep.equal(mean(2, 2));
      expect(turn(3, metrics(9, 6, 70))).to.deep.equal(mean(3, 1.5));
    });
  });
});
