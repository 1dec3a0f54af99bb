import { clearRefusals } from "../../harness/checkers/refusals.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { stt } from "../../harness/topology/stt.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";

export default scenario({
  title: "while PostgreSQL is down the service says so, and nothing it acknowledged is lost",
  topology: stt({ kafka: 1, redis: "single", instances: 2 }),
  workload: transcriptions({ rate: 4 }),
  faults: [at("10s", kill(node("postgres"))).for("20s")],
  // A submission whose answer could not be written down is made again, under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 4 }), clearRefusals()],
  thresholds: {
    steady: { stt_status_duration: "p(95)<300", http_req_failed: "rate<0.01" },
    recovery: { rto: "<45s" },
  },
});
