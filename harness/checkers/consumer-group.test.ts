import { expect } from "chai";
import type { Sample } from "../report/record.ts";
import { type ConsumerGroupOptions, consumerGroup } from "./consumer-group.ts";

/** The group g at a second: what each member has, and what nobody has. */
const at = (second: number, shares: readonly number[], unassigned = 0): Sample[] => {
  const time = second * 1e9;
  const labels = { group: "g" };
  return [
    { time, metric: "group_members", labels, value: shares.length },
    { time, metric: "group_unassigned", labels, value: unassigned },
    ...shares.map((value, index) => ({
      ...{ time, metric: "member_partitions", node: `c-${index}`, value },
      labels: { ...labels, member: String(index) },
    })),
  ];
};
const lag = (second: number, value: number): Sample => ({
  ...{ time: second * 1e9, metric: "consumer_lag", value },
  labels: { group: "g", topic: "t" },
});
const check = (samples: readonly (readonly Sample[])[], options: Partial<ConsumerGroupOptions> = {}) =>
  consumerGroup({ group: "g", sizes: [3, 2, 3], ...options }).checkSamples(samples.flat());

describe("the consumer-group checker", () => {
  const takenOver = [
    at(0, [3]),
    at(1, [1, 1, 1]),
    at(2, [1, 1, 1]),
    at(3, [1, 1], 1),
    at(4, [2, 1]),
    at(5, [2, 1, 0]),
    at(6, [1, 1, 1]),
  ];

  it("passes a group that was seen with its sizes in their order, whatever it was in between", () => {
    const result = check(takenOver);
    expect(result.verdict, result.reason).to.equal("passed");
    expect(result.counts).to.include({ views: 7, "settled views": 5, "longest unsettled (ms)": 1_000 });
  });

  it("fails where a member that is dead keeps its partitions, or they go to nobody", () => {
    expect(check([at(1, [1, 1, 1]), at(9, [1, 1, 1])]).reason).to.contain(
      "not seen settled with 2 members after 3, only with 3",
    );
    const orphaned = check([at(1, [1, 1, 1]), at(2, [1, 1], 1), at(3, [1, 1, 1])]);
    expect(orphaned.anomalies.map(({ type }) => type)).to.deep.equal(["size-not-seen"]);
  });

  it("fails where one member gets it all", () => {
    expect(check([at(1, [3, 0, 0])], { sizes: [3] }).verdict).to.equal("failed");
  });

  it("an empty group is settled", () => {
    expect(check([at(1, [2, 1]), at(2, []), at(3, [2, 1])], { sizes: [2, 0, 2] }).verdict).to.equal("passed");
  });

  it("wants the lag to be seen to rise and to fall", () => {
    const options = { sizes: [1], lag: { reaches: 50, fallsTo: 5 } };
    const lags = (...values: number[]) => [at(0, [1]), values.map((value, second) => lag(second, value))];
    const types = (...values: number[]) => check(lags(...values), options).anomalies.map(({ type }) => type);
    expect(types(0, 60, 20, 3)).to.deep.equal([]);
    expect(types(0, 40, 3)).to.deep.equal(["lag-not-seen"]);
    expect(types(0, 60, 20)).to.deep.equal(["lag-stayed"]);
  });

  it("does not decide about a group of which there is nothing", () => {
    expect(check([]).verdict).to.equal("failed");
    expect(check([], { sizes: [] }).verdict).to.equal("inconclusive");
  });
});
