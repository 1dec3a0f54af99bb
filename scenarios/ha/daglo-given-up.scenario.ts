import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "a job that Daglo never finishes ends FAILED after the last attempt, and is no one else's loss",
  about:
    "With few attempts the service gives up on what Daglo keeps for ever: the recording ends FAILED with its cause, its message in the dead letters. Whoever comes later gets a transcription again. No recording may stay on its way.",
  // Attempts for four seconds; in quiet a job takes two or three.
  suite: "nightly",
  topology: quickStt({ env: { STT_RETRY_ATTEMPTS: "8" } }),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", dagloMode("never-finishes")).for("8s")],
  checks: [transcription({ mayFail: { atLeast: 1 } }), submittedOnce({ tolerate: 0 })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<25s" } },
});
