import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { blackhole } from "../../harness/faults/blackhole.ts";
import { kill } from "../../harness/faults/kill.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all, node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title:
    "a consumer that dies after handling messages and before committing them loses nothing, and does nothing twice",
  about:
    "Cut off from Kafka, an instance handles what it has fetched and cannot commit it; then it is killed. All of that is delivered again, to the other one, which has to see that it is done. Only a call upstream that was under way at the kill may be made again.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [
    at("4s", blackhole(linksTo(all("kafka"), { from: ["stt-1"] }))).for("5s"),
    at("6s", kill(node("stt-1"))).for("4s"),
  ],
  // Killed between an answer of the upstream and its own write, an instance cannot know that it has submitted.
  checks: [transcription(), submittedOnce({ tolerate: 1 })],
  thresholds: { steady: calm, recovery: { rto: "<30s" } },
});
