import { expect } from "chai";
import { timeAxis } from "./axis.ts";
import { SampleSeries } from "./sampled.ts";

const S = 1e9;

describe("sample series", () => {
  it("carries a value to the next sample, and leaves a gap where a node was gone", () => {
    const samples = new SampleSeries(timeAxis(0, 6 * S, 12));
    for (const second of [0, 1, 2, 5]) {
      samples.add({ time: second * S, metric: "rss_bytes", node: "kafka-1", value: second + 10 });
    }
    // Samples came every 1.67 s on average: a value is carried for 2.5 s, five buckets, at most.
    expect(samples.of("rss_bytes")[0]?.values).to.deep.equal([
      10, 10, 11, 11, 12, 12, 12, 12, 12, 12, 15, 15,
    ]);
    for (const second of [1, 2, 3, 4]) samples.add({ time: second * S, metric: "dense", value: second });
    const dense = samples.of("dense")[0]?.values;
    expect(dense).to.deep.equal([null, null, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4]);
  });

  it("keeps nodes and labels apart", () => {
    const samples = new SampleSeries(timeAxis(0, 2 * S, 4));
    samples.add({ time: 0, metric: "partition_leader", labels: { topic: "t", partition: "0" }, value: 1 });
    samples.add({ time: 0, metric: "partition_leader", labels: { topic: "t", partition: "1" }, value: 2 });
    expect(samples.of("partition_leader").map(({ values }) => values[0])).to.deep.equal([1, 2]);
    expect(samples.of("unknown")).to.deep.equal([]);
  });
});
