import { messages } from "../../harness/checkers/messages.ts";
import { cut } from "../../harness/faults/cut.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { stageMessages } from "../../harness/workload/stage-messages.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, serviceTopics, well } from "../common.ts";

/** A publish fails soon enough for a short outage to show what becomes of it. */
export const impatient = { STT_KAFKA_PUBLISH_TIMEOUT_MS: "1500" };

export default scenario({
  title: "a message whose publish fails is published later, and before those behind it",
  about:
    "Kafka cannot be reached for longer than a publish may take, so publishes fail, and clients are given up with what they held. What failed stays in the outbox until Kafka has acknowledged it, and what came after it to its partition waits. Requests do not need Kafka and go on; work waits.",
  topology: quickStt({ env: impatient }),
  workload: mixed([transcriptions({ rate: 4, drainWithin: "20s" }), stageMessages(serviceTopics)]),
  steadyState: well,
  faults: [at("4s", cut(linksTo(all("kafka"), { from: ["stt-1", "stt-2"] }))).for("7s")],
  checks: [...lossless, messages({ fifoWithin: "1s" })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<25s" } },
  giveUpAfter: "25s",
  suite: "nightly",
});
