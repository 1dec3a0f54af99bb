import { expect } from "chai";
import type { FaultRecord, Sample } from "../report/record.ts";
import { failoverTime } from "./failover.ts";

const fault: FaultRecord = {
  id: "fault-1",
  fault: "kill",
  target: "leader",
  nodes: ["kafka-2"],
  injectedAt: 1e9,
  healedAt: 9e9,
  links: [],
  escalations: [],
};

/** Leaders of two partitions at a time in seconds. */
const sample = (seconds: number, ...leaders: number[]): Sample[] =>
  leaders.map((value, partition) => ({
    time: seconds * 1e9,
    metric: "partition_leader",
    labels: { topic: "t", partition: String(partition) },
    value,
  }));

describe("failover time", () => {
  it("ends when every partition has a leader that was not struck", () => {
    const samples = [...sample(0.5, 1, 3), ...sample(1.5, 2, 1), ...sample(2.5, -1, 1), ...sample(3.5, 3, 1)];
    expect(failoverTime(fault, samples)).to.equal(2_500);
  });

  it("is null when it did not come to that before the heal", () => {
    expect(failoverTime(fault, [...sample(2, 2, 1), ...sample(10, 1, 1)])).to.equal(null);
  });

  it("is not a question for a fault that struck no broker", () => {
    expect(failoverTime({ ...fault, nodes: ["redis-1"] }, sample(2, 1, 1))).to.equal(undefined);
  });
});
