import { expect } from "chai";
import { ServiceMetrics } from "./service-metrics.ts";

const text = `# HELP nodejs_heap_size_used_bytes Process heap size used from Node.js in bytes.
# TYPE nodejs_heap_size_used_bytes gauge
nodejs_heap_size_used_bytes{instance="stt-1"} 23456789

stt_database_pool_connections{state="total",instance="stt-1"} 7
stt_database_pool_connections{state="waiting",instance="stt-1"} 2
nodejs_eventloop_lag_p99_seconds{instance="stt-1"} NaN
nodejs_active_resources{type="Timeout"} 12 1395066363000
`;

describe("an instance's metrics", () => {
  it("are sampled under the harness's names, the node in place of the instance, series apart by their label", () => {
    expect(new ServiceMetrics().samplesOf(text, "stt-1", 5)).to.deep.equal([
      { time: 5, metric: "heap_bytes", node: "stt-1", value: 23456789 },
      { time: 5, metric: "database_pool", node: "stt-1", labels: { state: "total" }, value: 7 },
      { time: 5, metric: "database_pool", node: "stt-1", labels: { state: "waiting" }, value: 2 },
      { time: 5, metric: "active_resources", node: "stt-1", labels: { type: "Timeout" }, value: 12 },
    ]);
  });

  it("give the mean duration of a stage between two turns, and none across a restart", () => {
    const metrics = new ServiceMetrics();
    const turn = (time: number, sum: number, count: number) =>
      metrics.samplesOf(
        `stt_stage_duration_seconds_sum{stage="encoding",outcome="ok"} ${sum}\nstt_stage_duration_seconds_count{stage="encoding",outcome="ok"} ${count}`,
        "stt-1",
        time,
      );
    const labels = { stage: "encoding", outcome: "ok" };
    const mean = (time: number, value: number) => [
      { time, metric: "stage_seconds", node: "stt-1", labels, value },
    ];
    expect(turn(1, 4, 2)).to.deep.equal(mean(1, 2));
    expect(turn(2, 7, 3)).to.deep.equal(mean(2, 3));
    expect(turn(3, 7, 3)).to.deep.equal([]);
    expect(turn(4, 1, 1)).to.deep.equal([]);
    expect(turn(5, 3, 2)).to.deep.equal(mean(5, 2));
  });
});
