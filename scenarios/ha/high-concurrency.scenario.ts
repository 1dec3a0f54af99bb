import { allOf, answering } from "../../harness/checkers/answering.ts";
import { linearizable } from "../../harness/checkers/linearizable.ts";
import { log } from "../../harness/checkers/log.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cacheUsers } from "../../harness/workload/cache-users.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "Kafka and Redis, both busy with many clients at once, keep every promise while a broker dies",
  about:
    "Recordings, twelve producers with a group of four, and 32 clients of Redis at a time share the cluster. The broker's death may cost those who use Kafka some seconds; Redis has nothing to do with it and stays linearizable. Nothing acknowledged is lost, repeated or out of order.",
  suite: "nightly",
  topology: quickStt(),
  workload: mixed([
    transcriptions({ rate: 4 }),
    kafkaLog({ rate: 100, partitions: 6, producers: 12, consumers: 4 }),
    cacheUsers({ rate: 300, clients: 32 }),
  ]),
  steadyState: allOf(well, answering({ f: ["send", "poll", "read", "write"] })),
  faults: [at("5s", kill(leaderOf("log"))).for("5s")],
  checks: [...lossless, log(), linearizable({ model: "cas-register" })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<30s" } },
});
