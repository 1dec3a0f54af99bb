import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { atLeastOnce, consumedLog, consumers, flowing, logGroup } from "./common.ts";

export default scenario({
  title: "consumers that were all dead go on from what they had committed, with what was sent meanwhile",
  about:
    "Producers go on for 9 s without any consumer, until every session has ended and the group is empty. Nothing may be left out, neither of before nor of meanwhile; what had been polled and not committed is delivered again.",
  suite: "nightly",
  topology: consumers,
  workload: consumedLog,
  steadyState: flowing,
  faults: [at("4s", kill(all("consumer"))).for("9s")],
  checks: [
    ...atLeastOnce(),
    // 30 a second, for 9 s: that they lay there, unread, is part of the promise.
    consumerGroup({ group: logGroup, sizes: [3, 0, 3], lag: { reaches: 150, fallsTo: 30 } }),
  ],
  thresholds: { recovery: { rto: "<25s" } },
});
