import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "a broker that missed writes does not lead, though it is the first one back",
  about:
    "One broker is down while the other two go on; then those die, and it comes back before them with an old log. Kafka must wait for a broker that has all that was acknowledged, rather than serve at once without it. The pipeline waits; requests do not need Kafka and go on.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  steadyState: well,
  faults: [
    at("4s", kill(node("kafka-1"))).for("7s"),
    at("9s", kill(node("kafka-2"))).for("6s"),
    at("9s", kill(node("kafka-3"))).for("6s"),
  ],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<45s" } },
  giveUpAfter: "45s",
  suite: "nightly",
});
