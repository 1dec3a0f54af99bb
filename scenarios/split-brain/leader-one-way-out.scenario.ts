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
  title: "a leader that is heard by the other brokers, but reaches none of them, loses nothing",
  about:
    "Followers still fetch from it, but its own calls hang: its heartbeats to the controller, its changes of in-sync sets. Another leader is elected while the old one is written to. Nothing may be lost or done twice; work waits for the election.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", partition(oneWay(leader, others("kafka", leader)))).for("7s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<20s" } },
});
