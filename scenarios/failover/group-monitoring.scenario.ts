import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { at } from "../../harness/faults/schedule.ts";
import { stop } from "../../harness/faults/stop.ts";
import { ownerOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { atLeastOnce, consumedLog, consumers, flowing, logGroup } from "./common.ts";

export default scenario({
  title: "who is in a group, who has what, and how far it is behind can be seen from outside at every moment",
  about:
    "A consumer leaves as in a deployment and comes back. Its members, their partitions and the lag are read from the brokers once a second: the group is seen with three, then two, then three members, never without an owner for long, and never far behind, since a member that leaves hands its partition over at once.",
  topology: consumers,
  workload: consumedLog,
  steadyState: flowing,
  faults: [at("4s", stop(ownerOf(logGroup, "log", 0))).for("5s")],
  checks: [
    ...atLeastOnce({ within: "5s" }),
    consumerGroup({ group: logGroup, sizes: [3, 2, 3], lag: { reaches: 1, fallsTo: 30 } }),
  ],
  thresholds: { recovery: { rto: "<15s" } },
});
