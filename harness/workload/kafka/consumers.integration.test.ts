import { expect } from "chai";
import { checkHistory } from "../../checkers/check.ts";
import { consumed } from "../../checkers/consumed.ts";
import { log } from "../../checkers/log.ts";
import { cluster } from "../../topology/cluster.ts";
import { until } from "../../util/until.ts";
import { kafkaLog } from "../kafka-log.ts";
import { type LoadBed, runWorkload, startLoadBed } from "../testing/load-bed.ts";

describe("consumers as processes of their own", () => {
  let bed: LoadBed;
  before(async () => {
    bed = await startLoadBed(cluster({ kafka: 1, consumers: 2 }));
  });
  after(() => bed?.[Symbol.asyncDispose]());

  /** Waits until the group has these members, with all partitions. */
  const untilMembers = (...names: string[]) =>
    until(async () => {
      const group = (await bed.topology.kafka.groups()).find((one) => one.group === "log-group");
      const members = group?.members.map(({ clientId }) => clientId).sort() ?? [];
      return members.join() === names.join() && group?.unassigned === 0;
    }, `the group is ${names.join()}`).atMost("30s");

  it("take over from one that is killed, and leave nothing out", async () => {
    await runWorkload(
      bed,
      kafkaLog({ rate: 30, consumers: "nodes" }),
      ({ sent, polled }) => sent >= 100 && polled >= 100,
      async () => {
        await untilMembers("consumer-1", "consumer-2");
        expect(await bed.topology.kafka.ownerOf("log-group", "log", 0)).to.match(/^consumer-[12]$/);
        await bed.topology.node("consumer-1").kill();
        await untilMembers("consumer-2");
        await bed.topology.node("consumer-1").start();
        await untilMembers("consumer-1", "consumer-2");
      },
    );
    for (const result of checkHistory(bed.history.events, [log(), consumed()]).results) {
      expect(result.verdict, result.reason).to.equal("passed");
    }
    const pollers = new Set(bed.history.events.filter(({ f }) => f === "poll").map(({ node }) => node));
    expect([...pollers]).to.include.members(["consumer-1", "consumer-2"]);
  });
});
