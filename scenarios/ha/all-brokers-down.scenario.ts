import { allOf, answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "all brokers killed at once and started again lose nothing acknowledged",
  about:
    "The processes die, the disks stay: what was acknowledged is in the files of at least two brokers, and Kafka leaves it to the operating system to write them out. Users may record, stop and ask for their transcription all the while; it comes later.",
  suite: "nightly",
  topology: quickStt(),
  workload: mixed([transcriptions({ rate: 4 }), kafkaLog({ rate: 10 })]),
  steadyState: allOf(well, answering({ f: ["send", "poll"] })),
  faults: [at("4s", kill(all("kafka"))).for("5s")],
  checks: [...lossless, log()],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<45s" } },
});
