import { expect } from "chai";
import { parseMetrics } from "./prometheus-text.ts";

const text = `# HELP nodejs_heap_size_used_bytes Process heap size used from Node.js in bytes.
# TYPE nodejs_heap_size_used_bytes gauge
nodejs_heap_size_used_bytes{instance="stt-1"} 23456789

stt_database_pool_connections{state="total",instance="stt-1"} 7
stt_database_pool_connections{state="waiting",instance="stt-1"} 2
nodejs_eventloop_lag_p99_seconds{instance="stt-1"} NaN
nodejs_active_resources{type="Timeout"} 12 1395066363000
odd{path="a\\"b}",other="\\\\n",lines="1\\n2"} 1e3
what is this
`;

describe("Prometheus's text format", () => {
  it("is read with labels and values, and without what is no number", () => {
    const lines = parseMetrics(text);
    expect(lines.map(({ name }) => name)).to.deep.equal([
      "nodejs_heap_size_used_bytes",
      "stt_database_pool_connections",
      "stt_database_pool_connections",
      "nodejs_active_resources",
      "odd",
    ]);
    expect(lines.at(-1)).to.deep.equal({
      name: "odd",
      labels: { path: 'a"b}', other: "\\n", lines: "1\n2" },
      value: 1000,
    });
  });
});
