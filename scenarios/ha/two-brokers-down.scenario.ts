import { allOf, answering } from "../../harness/checkers/answering.ts";
import { log } from "../../harness/checkers/log.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf, others } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "with two of three brokers down writes wait, and nothing acknowledged is lost",
  about:
    "One broker is no majority and below min.insync.replicas: Kafka may acknowledge nothing until a second one is back. The service takes recordings all the same, for its outbox is in PostgreSQL; their way goes on afterwards. What a plain producer had acknowledged before must still be there.",
  suite: "nightly",
  topology: quickStt(),
  workload: mixed([transcriptions({ rate: 4 }), kafkaLog({ rate: 10 })]),
  steadyState: allOf(well, answering({ f: ["send", "poll"] })),
  faults: [at("4s", kill(others("kafka", leaderOf(stageTopics.processing)))).for("6s")],
  checks: [...lossless, log()],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<45s" } },
});
