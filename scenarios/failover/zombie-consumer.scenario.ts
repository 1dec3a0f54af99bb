import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { pause } from "../../harness/faults/pause.ts";
import { at } from "../../harness/faults/schedule.ts";
import { ownerOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { consumerGroups, stageTopics } from "../../system/contract/topics.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title:
    "an instance that sleeps through its session and wakes up as a zombie changes nothing that others have done since",
  about:
    "After 6 s the group gives its partitions away, after 5 s its locks expire. When it goes on, with messages in hand that others have handled meanwhile, its commits are refused and its writes are fenced. Nothing may be lost and no status may go back; only a submission that was under way when it fell asleep may be made again.",
  topology: quickStt({ instances: 3 }),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", pause(ownerOf(consumerGroups.stages, stageTopics.processing))).for("10s")],
  checks: [
    transcription(),
    // Put to sleep between the upstream's answer and its own commit, it can tell nobody that it has submitted: the
    // submission is repeated under the same idempotency key.
    submittedOnce({ tolerate: 2 }),
    consumerGroup({ group: consumerGroups.stages, sizes: [3, 2, 3] }),
  ],
  thresholds: { steady: calm, recovery: { rto: "<30s" } },
});
