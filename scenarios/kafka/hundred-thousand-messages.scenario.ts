import { answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";

export default scenario({
  title: "a hundred thousand messages go through Kafka in half a minute, each once and in order",
  about:
    "In requests of fifty, each acknowledged by all replicas; two consumers read them meanwhile. None may be lost or doubled, and none may wait for long.",
  suite: "nightly",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 4_000, topic: "long-log", batch: 50, producers: 6, drainWithin: "60s" }),
  steadyState: answering({ f: ["send", "poll"], hang: "5s" }),
  faults: [],
  steadyFor: "26s",
  checks: [log()],
  thresholds: {
    steady: {
      send_duration: "count>=100000",
      send_failed: "rate<=0",
      delivery_duration: ["count>=100000", "max<30s"],
    },
  },
});
