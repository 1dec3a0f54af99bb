import { clearRefusals } from "../../harness/checkers/refusals.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "while PostgreSQL is down the service says so, and nothing it acknowledged is lost",
  about:
    "PostgreSQL has the truth, so without it nothing can be promised: every request that needs it is refused with 503 and a time to come again, at once and not after a timeout. What was acknowledged before is there afterwards.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", kill(node("postgres"))).for("6s")],
  // A submission whose answer could not be written down is made again, under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 4 }), clearRefusals()],
  thresholds: { steady: calm, recovery: { rto: "<25s" } },
});
