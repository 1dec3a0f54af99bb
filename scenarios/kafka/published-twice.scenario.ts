import { expectAnomalies } from "../../harness/checkers/expect-anomalies.ts";
import { messages } from "../../harness/checkers/messages.ts";
import { blackhole } from "../../harness/faults/blackhole.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, serviceTopics, well } from "../common.ts";
import { impatient } from "./publish-times-out.scenario.ts";

export default scenario({
  title: "a message that is published twice is handled once",
  about:
    "Kafka's answers are lost for longer than a publish may take: what was written is taken for failed, and published again by a new producer, which no broker can know for a repetition. So copies are expected; whoever gets the second one must see that its work is done.",
  topology: quickStt({ env: impatient }),
  workload: mixed([transcriptions({ rate: 4, drainWithin: "20s" }), stageMessages(serviceTopics)]),
  steadyState: well,
  faults: [
    at("4s", blackhole(linksTo(all("kafka"), { from: ["stt-1", "stt-2"] }), { flow: "downstream" })).for(
      "10s",
    ),
  ],
  checks: [...lossless, expectAnomalies(messages({ repeats: 0 }), { all: ["repeated-message"] })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<30s" } },
  giveUpAfter: "30s",
  suite: "nightly",
});
