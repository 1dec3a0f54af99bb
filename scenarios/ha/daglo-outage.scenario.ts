import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { cut } from "../../harness/faults/cut.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "an outage of Daglo delays transcriptions, and costs none",
  about:
    "First Daglo refuses connections, then it answers everything with 500. Users may record and ask for their transcription all the while; it is tried again until Daglo is back, and no request of a user may fail for it.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", cut(linksTo(node("daglo")))).for("4s"), at("9s", dagloMode("server-error")).for("4s")],
  // A submission whose answer the cut swallowed is made again, under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 2 })],
  thresholds: {
    steady: calm,
    fault: { http_req_failed: "rate<0.01", stt_status_duration: "p(95)<300" },
    recovery: { rto: "<25s" },
  },
});
