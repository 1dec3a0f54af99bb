import { expect } from "chai";
import { parseMetrics } from "./prometheus-text.ts";
import { instanceMetrics } from "./testing/instance-metrics.ts";

const text = `${instanceMetrics}odd{path="a\\"b}",other="\\\\n",lines="1\\n2"} 1e3
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
