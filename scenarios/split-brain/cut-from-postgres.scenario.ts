import { clearRefusals } from "../../harness/checkers/refusals.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { partition } from "../../harness/faults/partition.ts";
import { bySite } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "an instance that no longer hears PostgreSQL says so, and the other one serves",
  about:
    "It can acknowledge nothing: what it is asked in the moment before the balancer knows that it is not ready, it must refuse with 503 before the client gives up. What it has in hand it cannot finish, and Kafka still counts it as a member, so that the work of its partitions waits for the heal. Nothing acknowledged may be lost.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4, balanced: true }),
  steadyState: well,
  faults: [at("4s", partition(bySite({ service: ["stt-1"], postgres: ["postgres"] }))).for("8s")],
  // A submission whose answer could not be written down is made again, under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 2 }), clearRefusals()],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.1" }, recovery: { rto: "<20s" } },
});
