import { messages } from "../../harness/checkers/messages.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, serviceTopics, well } from "../common.ts";

export default scenario({
  title:
    "the messages of a recording lie in one partition of a topic, in the order of its steps, whatever leader dies",
  about:
    "Users see the steps in their order too, over STOMP as by HTTP. A message may be in a topic twice, since publishing is at least once; its first copy counts.",
  topology: quickStt(),
  workload: mixed([transcriptions({ rate: 4, stomp: 0.5 }), stageMessages(serviceTopics)]),
  steadyState: well,
  faults: [at("4s", kill(leaderOf(stageTopics.processing))).for("5s")],
  checks: [...lossless, messages()],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<20s" } },
});
