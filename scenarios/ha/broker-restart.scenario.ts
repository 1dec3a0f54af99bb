import { restart } from "../../harness/faults/restart.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "restarting a broker politely loses nothing, and hardly anybody notices",
  about:
    "A broker that is asked to stop hands its partitions over first. Nothing may be lost or done twice; requests may fail only while a client still asks the broker that went.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", restart(leaderOf(stageTopics.processing))).for("1s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<15s" } },
});
