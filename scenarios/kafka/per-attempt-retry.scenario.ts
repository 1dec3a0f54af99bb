import { messages } from "../../harness/checkers/messages.ts";
import { retrySteps } from "../../harness/checkers/retry-steps.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { topicSpecs } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt } from "../common.ts";

const retries = { layout: "per-attempt", attempts: 40 } as const;

export default scenario({
  title: "with a retry topic for each attempt, a recording goes from one to the next and completes",
  about:
    "A job takes some attempts in quiet, and more while Daglo does not finish it. None may be skipped, and no message may be in the topic of another attempt.",
  suite: "nightly",
  topology: quickStt({
    env: { STT_RETRY_LAYOUT: retries.layout, STT_RETRY_ATTEMPTS: String(retries.attempts) },
  }),
  workload: mixed([transcriptions({ rate: 3 }), stageMessages(topicSpecs(retries))]),
  faults: [at("4s", dagloMode("never-finishes")).for("4s")],
  checks: [...lossless, messages(), retrySteps({ longest: 6 })],
  thresholds: { steady: calm, recovery: { rto: "<25s" } },
});
