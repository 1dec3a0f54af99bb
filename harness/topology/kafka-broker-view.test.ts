import { expect } from "chai";
import { type ClusterView, newestPartitions, type PartitionState } from "./kafka-broker-view.ts";

const state = (leader: number, leaderEpoch: number, isr: number[]): PartitionState => ({
  topic: "t",
  partition: 0,
  leader,
  leaderEpoch,
  isr,
  replicas: [1, 2, 3],
});
const view = (...partitions: PartitionState[]): ClusterView => ({ brokers: new Set([1, 2, 3]), partitions });

describe("partitions by the newest view", () => {
  it("an isolated leader still names itself: the higher epoch wins, whoever answers first", () => {
    const old = state(1, 4, [1, 2, 3]);
    const elected = state(2, 5, [2, 3]);
    expect(newestPartitions([view(old), view(elected)])).to.deep.equal([elected]);
    expect(newestPartitions([view(elected), view(old)])).to.deep.equal([elected]);
  });

  it("an isolated follower still holds itself for in sync: nobody is in sync whom any broker knows to be out", () => {
    const old = state(1, 4, [1, 2, 3]);
    const shrunk = state(1, 4, [1, 2]);
    expect(newestPartitions([view(old), view(shrunk)])).to.deep.equal([shrunk]);
    expect(newestPartitions([view(shrunk), view(old)])).to.deep.equal([shrunk]);
  });

  it("a partition without a leader counts when it is news", () => {
    const lost = state(-1, 6, [1]);
    expect(newestPartitions([view(state(1, 5, [1])), view(lost)])).to.deep.equal([lost]);
  });

  it("a partition only one broker knows of yet is there", () => {
    const other = { ...state(3, 0, [3]), topic: "u" };
    expect(newestPartitions([view(), view(other)])).to.deep.equal([other]);
  });
});
