import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { stt } from "../../harness/topology/stt.ts";
import { seededRandom } from "../../harness/util/random.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";

/** Moments with 5 to 8 s between them: about as long as a recording's whole way takes, so that every part of it is hit. */
function moments(count: number): number[] {
  const random = seededRandom(20);
  let last = 0;
  return Array.from({ length: count }, () => (last += 5_000 + random() * 3_000));
}

export default scenario({
  title: "twenty kills of an instance leave every recording able to complete",
  about:
    "Whatever the instance was at when it died, somebody has to be able to go on from there. Requests under way may fail; nothing acknowledged may be lost, and only what died between the upstream's answer and the commit may be submitted again.",
  suite: "nightly",
  topology: stt({ kafka: 1, redis: "single", instances: 2 }),
  workload: transcriptions({ rate: 2 }),
  faults: moments(20).map((ms, index) =>
    at(`${Math.round(ms)}ms`, kill(node(`stt-${(index % 2) + 1}`))).for("1s"),
  ),
  // Killed between the upstream's answer and its own commit, an instance cannot know that it has submitted: the
  // submission is repeated under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 4 })],
  thresholds: { steady: { http_req_failed: "rate<0.01" } },
  giveUpAfter: "90s",
});
