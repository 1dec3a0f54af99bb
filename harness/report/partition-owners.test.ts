import { expect } from "chai";
import { history, type Line } from "../checkers/testing/lines.ts";
import { PartitionOwners } from "./partition-owners.ts";

const assign = (process: number, ...partitions: string[]): Line => [
  "ok",
  process,
  "assign",
  { value: partitions },
];
const poll = (process: number, value: object): Line => ["ok", process, "poll", { value }];
const told = (...lines: Line[]) => {
  const owners = new PartitionOwners();
  for (const event of history(...lines)) owners.add(event);
  return owners
    .finish(lines.length * 1e6)
    .map(({ what, owner, from, to }) => `${what} ${owner} ${from / 1e6}-${to / 1e6}`);
};

describe("owners of partitions", () => {
  it("own what they are assigned until they are assigned others", () => {
    expect(told(assign(1, "t-0", "t-1"), assign(2, "t-2"), assign(1, "t-1"))).to.deep.equal([
      "t-0 process 1 0-2",
      "t-1 process 1 0-3",
      "t-2 process 2 1-3",
    ]);
  });

  it("own what they are given records of, until another is", () => {
    const given = { "t-0": [[0, "v"]], rebalance: true };
    expect(told(poll(1, given), poll(1, given), poll(2, given), poll(2, { "t-1": [] }))).to.deep.equal([
      "t-0 process 1 0-2",
      "t-0 process 2 2-4",
    ]);
  });

  it("are told by node too, where the history names it", () => {
    expect(told(["ok", 1, "poll", { node: "kafka-1", value: { "t-0": [[0, "v"]] } }])).to.deep.equal([
      "t-0 kafka-1/1 0-1",
    ]);
  });
});
