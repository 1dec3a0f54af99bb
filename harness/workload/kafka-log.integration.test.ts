import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { log } from "../checkers/log.ts";
import { pairOperations } from "../history/operations.ts";
import { cluster } from "../topology/cluster.ts";
import { until } from "../util/until.ts";
import { kafkaLog } from "./kafka-log.ts";
import { type LoadBed, runWorkload, startLoadBed } from "./testing/load-bed.ts";

describe("the kafkaLog workload on a real cluster", () => {
  let bed: LoadBed;
  before(async () => {
    bed = await startLoadBed(cluster({ kafka: 3 }));
  });
  after(() => bed?.[Symbol.asyncDispose]());

  const ok = (f: string) =>
    pairOperations(bed.history.events).filter(
      ({ invoke, completion }) => invoke.f === f && completion?.type === "ok",
    );

  it("misses nothing over the crash of a leader", async () => {
    const { kafka } = bed.topology;
    const stats = await runWorkload(
      bed,
      kafkaLog({ rate: 60 }),
      ({ sent, polled }) => sent >= 300 && polled >= 300,
      async () => {
        await until(() => ok("poll").length > 5, "records are polled").atMost("30s");
        const leader = bed.topology.node(`kafka-${await kafka.leaderOf("log", 0)}`);
        await leader.kill();
        await leader.start();
      },
    );
    expect(stats.refused).to.equal(0);
    expect(ok("send")).to.have.length(stats.sent);
    expect(ok("subscribe").length).to.be.at.least(2);
    expect(ok("assign").map(({ completion }) => completion?.value)).to.deep.equal([
      ["log-0"],
      ["log-1"],
      ["log-2"],
    ]);
    const replicas = (await kafka.partitions())
      .filter(({ topic }) => topic === "log")
      .map((one) => one.replicas.length);
    expect(replicas).to.deep.equal([3, 3, 3]);
    const [result] = checkHistory(bed.history.events, [log()]).results;
    expect(result?.verdict, result?.reason).to.equal("passed");
    expect(result?.counts.acknowledged).to.equal(stats.sent);
  });
});
