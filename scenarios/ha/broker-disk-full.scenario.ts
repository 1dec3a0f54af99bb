import { diskFull } from "../../harness/faults/disk-full.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "a broker that runs out of disk loses no accepted transcription",
  about:
    "A broker whose only folder cannot be written to gives up, in the middle of a write: what it had not acknowledged may be gone, and half a record may be in its files. The other two have everything that was acknowledged and go on.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", diskFull(leaderOf(stageTopics.processing))).for("6s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<25s" } },
});
