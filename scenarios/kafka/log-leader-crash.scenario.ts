import { answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";

export default scenario({
  title: "killing a partition leader loses and repeats no acknowledged record",
  about:
    "Sends wait for all in-sync replicas, and the broker knows a repeated one by its number. Nothing may be lost or written twice; the leader's partitions stand still until another leads.",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 100 }),
  steadyState: answering({ f: ["send", "poll"] }),
  faults: [at("5s", kill(leaderOf("log"))).for("6s")],
  checks: [log()],
  thresholds: { recovery: { rto: "<30s" } },
});
