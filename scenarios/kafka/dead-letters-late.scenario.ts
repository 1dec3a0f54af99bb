import { messages } from "../../harness/checkers/messages.ts";
import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { cut } from "../../harness/faults/cut.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { stt } from "../../harness/topology/stt.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { deadLetterTopics } from "../../system/contract/topics.ts";
import { calm, serviceTopics } from "../common.ts";
import { impatient } from "./publish-times-out.scenario.ts";

export default scenario({
  title: "what fails for good while Kafka is away still gets its dead letter",
  about:
    "Messages that wait for their retry come due when Kafka cannot be reached, and the upstream refuses them for good. Their recordings are FAILED, which is no loss; but each must be found among the dead letters, though the first attempts to publish those fail.",
  // With the retry delay of two seconds, so that enough messages are waiting when Kafka goes.
  topology: stt({ env: impatient }),
  workload: mixed([transcriptions({ rate: 4, drainWithin: "20s" }), stageMessages(serviceTopics)]),
  steadyState: steadyState({ encodedWithin: "2s", completedWithin: "6.5s" }),
  faults: [
    at("4s", cut(linksTo(all("kafka"), { from: ["stt-1", "stt-2"] }))).for("7s"),
    at("4s", dagloMode("bad-request")).for("4s"),
  ],
  checks: [transcription({ mayFail: true }), messages({ deadLetters: Object.values(deadLetterTopics) })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<30s" } },
  giveUpAfter: "30s",
  suite: "nightly",
});
