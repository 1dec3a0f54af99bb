import { expect } from "chai";
import { parseMetrics, serviceSamples } from "./service-metrics.ts";

const text = `# HELP nodejs_heap_size_used_bytes Process heap size used from Node.js in bytes.
# TYPE nodejs_heap_size_used_bytes gauge
nodejs_heap_size_used_bytes{instance="stt-1"} 23456789

stt_database_pool_connections{state="total",instance="stt-1"} 7
stt_database_pool_connections{state="waiting",instance="stt-1"} 2
nodejs_eventloop_lag_p99_seconds{instance="stt-1"} NaN
nodejs_active_handles_total 12 1395066363000
odd{path="a\\"b}",other="\\\\"} 1e3
what is this
`;

describe("an instance's metrics", () => {
  it("are read with their labels and values, and without what is no number", () => {
    const lines = parseMetrics(text);
    expect(lines.map(({ name }) => name)).to.deep.equal([
      "nodejs_heap_size_used_bytes",
      "stt_database_pool_connections",
      "stt_database_pool_connections",
      "nodejs_active_handles_total",
      "odd",
    ]);
    expect(lines.at(-1)).to.deep.equal({
      name: "odd",
      labels: { path: 'a\\"b}', other: "\\\\" },
      value: 1000,
    });
  });

  it("are sampled under the harness's names, the node in place of the instance, series apart by their label", () => {
    expect(serviceSamples(text, "stt-1", 5)).to.deep.equal([
      { time: 5, metric: "heap_bytes", node: "stt-1", value: 23456789 },
      { time: 5, metric: "database_pool", node: "stt-1", labels: { state: "total" }, value: 7 },
      { time: 5, metric: "database_pool", node: "stt-1", labels: { state: "waiting" }, value: 2 },
      { time: 5, metric: "handles", node: "stt-1", value: 12 },
    ]);
  });
});
