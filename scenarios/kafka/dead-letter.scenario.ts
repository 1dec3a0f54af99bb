import { messages } from "../../harness/checkers/messages.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { requeues } from "../../harness/workload/requeues.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { deadLetterTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, serviceTopics, well } from "../common.ts";

export default scenario({
  title: "what Daglo refuses for good is in the dead letters, and completes when it is requeued",
  about:
    "A refusal is no case for a retry: the recording is FAILED at once, and each failure has its dead letter. An administrator requeues what FAILED, again and again; in the end every recording is COMPLETED.",
  topology: quickStt(),
  workload: mixed([transcriptions({ rate: 4 }), requeues({ every: "1s" }), stageMessages(serviceTopics)]),
  steadyState: well,
  faults: [at("4s", dagloMode("bad-request")).for("4s")],
  checks: [...lossless, messages({ deadLetters: Object.values(deadLetterTopics) })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<20s" } },
});
