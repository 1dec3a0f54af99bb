import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { linksFrom } from "../../harness/faults/link-targets.ts";
import { reset } from "../../harness/faults/reset.ts";
import { every } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "resetting every connection of the service, three times over, loses nothing",
  about:
    "As when a firewall forgets its table: Kafka, Redis, PostgreSQL and the upstream all hang up at once, in the middle of whatever was under way, and new connections are reset too for a second. Requests may be refused meanwhile; what was acknowledged stays.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [
    every("3s", reset(linksFrom(all("stt"))))
      .for("1s")
      .during("4s", "12s"),
  ],
  // A submission whose answer was cut off, or could not be written down, is made again under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 6 })],
  thresholds: { steady: calm, recovery: { rto: "<25s", http_req_failed: "rate<0.05" } },
});
