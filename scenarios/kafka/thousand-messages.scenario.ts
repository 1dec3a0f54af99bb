import { answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";

export default scenario({
  title: "a thousand messages go through Kafka within 30 seconds, each once",
  about:
    "Five seconds of them, in requests of five: each is written to all replicas, and read by the group soon after.",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 250, batch: 5 }),
  steadyState: answering({ f: ["send", "poll"] }),
  faults: [],
  steadyFor: "5s",
  checks: [log()],
  thresholds: {
    steady: {
      send_duration: ["count>=1000", "p(95)<500"],
      send_failed: "rate<=0",
      delivery_duration: ["count>=1000", "p(95)<1s", "max<30s"],
    },
  },
});
