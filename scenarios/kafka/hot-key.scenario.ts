import { answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { ordering } from "../../harness/checkers/ordering.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";

export default scenario({
  title:
    "a key that has most of the messages keeps their order, and starves no other, when its leader dies too",
  about:
    "Four of five records are of one key, and so in one partition; nineteen other keys share the rest. Every key's records come in their order, and those of the others as soon as ever.",
  suite: "nightly",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 50, topic: "hot-log", keys: 20, hot: 0.8, producers: 20 }),
  steadyState: answering({ f: ["send", "poll"] }),
  faults: [at("4s", kill(leaderOf("hot-log"))).for("5s")],
  checks: [log(), ordering()],
  thresholds: { steady: { delivery_duration: "p(99)<1s" }, recovery: { rto: "<20s" } },
});
