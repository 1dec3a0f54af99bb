import { pause } from "../../harness/faults/pause.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "a leader that sleeps and wakes up again loses no accepted transcription",
  about:
    "A paused broker still accepts connections and answers nothing, so its clients have to give up on it by their timeouts; when it wakes up it believes to lead, and what it is told then must be refused. The pipeline may pause; requests do not need Kafka and go on.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", pause(leaderOf(stageTopics.processing))).for("8s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<25s" } },
});
