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

export default scenario({
  title: "when Kafka's answers are lost, what was sent again is written once, and in order",
  about:
    "Requests arrive and are carried out; the answers never come, so the service sends again what is written already. The brokers know its producers' sequence numbers and drop the second copy. Work waits until the answers come; nothing may be lost, doubled or out of order.",
  topology: quickStt(),
  workload: mixed([transcriptions({ rate: 4, drainWithin: "20s" }), stageMessages(serviceTopics)]),
  steadyState: well,
  // Longer than a request is waited for (3 s), shorter than the outbox is left with an instance that hears nothing (4 s): another
  // one would publish again what this one has, which is allowed.
  faults: [
    at("4s", blackhole(linksTo(all("kafka"), { from: ["stt-1", "stt-2"] }), { flow: "downstream" })).for(
      "3500ms",
    ),
  ],
  checks: [...lossless, messages({ repeats: 0 })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<25s" } },
  giveUpAfter: "25s",
  suite: "nightly",
});
