import { answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";

/** The brokers' limit is 1,048,588 bytes with all that is around a value. */
const sizes = [100, 500_000, 1_000_000, 1_048_400, 1_048_588, 1_100_000, 3_000_000];

export default scenario({
  title: "a message near the limit is carried like any other, and one above it is refused clearly",
  about:
    "Of seven sizes by turns four are under the limit, and none of those may be lost. Those above may not be left open, nor turn up in the log; nor may they harm the producer that sent them.",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 15, topic: "large-log", bytes: sizes }),
  steadyState: answering({ f: ["send", "poll"], hang: "3s" }),
  faults: [],
  steadyFor: "10s",
  checks: [log()],
  thresholds: { steady: { send_failed: "rate<=0", send_refused: ["rate>0.3", "rate<0.5", "count>=100"] } },
});
