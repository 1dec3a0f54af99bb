import { passedOver } from "../../harness/checkers/passed-over.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { poison } from "../../harness/workload/poison.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { consumerGroups, stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "malformed messages in the service's topics are dropped, and hold up nobody",
  about:
    "Records that nobody understands, of every kind, come between the service's own. Each has to be passed over, once and for good; no recording may be lost or late for it.",
  suite: "nightly",
  topology: quickStt(),
  workload: mixed([
    transcriptions({ rate: 4 }),
    poison({ rate: 6, topics: Object.values(stageTopics), group: consumerGroups.stages }),
  ]),
  steadyState: well,
  faults: [],
  steadyFor: "8s",
  checks: [...lossless, passedOver()],
  thresholds: { steady: { ...calm, stt_completion_duration: "p(95)<10s" } },
});
