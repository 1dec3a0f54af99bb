import { messages } from "../../harness/checkers/messages.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { deadLetterTopics } from "../../system/contract/topics.ts";
import { calm, quickStt, serviceTopics, well } from "../common.ts";

export default scenario({
  title: "a recording that can never succeed ends, with a dead letter",
  about:
    "For a while the upstream loses the jobs that it takes, and later still knows nothing of them: asking again is of no use. Their recordings end FAILED with the cause, and are found among the dead letters; all others complete.",
  topology: quickStt(),
  // Whoever has not ended soon never will.
  workload: mixed([transcriptions({ rate: 4, drainWithin: "15s" }), stageMessages(serviceTopics)]),
  steadyState: well,
  faults: [at("4s", dagloMode("loses-jobs")).for("4s")],
  checks: [transcription({ mayFail: true }), messages({ deadLetters: Object.values(deadLetterTopics) })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<15s" } },
  giveUpAfter: "12s",
  suite: "nightly",
});
