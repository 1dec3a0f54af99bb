import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { latency } from "../../harness/faults/latency.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all, node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "messages that an instance had handled, and not committed when it died, are not handled again",
  about:
    "The way to Kafka is so slow that commits trail seconds behind the work. When the instance dies, the other one gets messages a second time whose work is done: it has to see that, and to drop them. One submission may be repeated: killed between the upstream's answer and its commit, an instance cannot know of it.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  steadyState: well,
  faults: [
    at("4s", latency(linksTo(all("kafka"), { from: ["stt-1"] }), { latency: "1200ms" })).for("7s"),
    at("8s", kill(node("stt-1"))).for("4s"),
  ],
  checks: [transcription(), submittedOnce({ tolerate: 1 })],
  thresholds: { steady: calm, recovery: { rto: "<45s" } },
  giveUpAfter: "50s",
  suite: "nightly",
});
