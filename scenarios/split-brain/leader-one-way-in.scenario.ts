import { partition } from "../../harness/faults/partition.ts";
import { oneWay } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf, others } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const leader = leaderOf(stageTopics.processing);

export default scenario({
  title: "a leader that reaches the other brokers, but is heard by none of them, loses nothing",
  about:
    "Nobody can fetch from it, while its heartbeats go through: it stays the leader, alone in its in-sync set, and min.insync.replicas makes it refuse. Its partitions may stand still until the heal; nothing may be lost or done twice.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", partition(oneWay(others("kafka", leader), leader))).for("7s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<20s" } },
});
