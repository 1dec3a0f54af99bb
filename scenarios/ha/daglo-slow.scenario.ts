import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "a slow Daglo slows transcriptions down, and nothing else",
  about:
    "Every answer of Daglo takes two seconds. The calls under way are bounded, so recordings may queue up for their transcription and take that much longer; nobody may be submitted twice for impatience, and requests of users may be neither slower nor refused.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", dagloMode("slow")).for("8s")],
  checks: lossless,
  thresholds: {
    steady: calm,
    fault: { http_req_failed: "rate<0.01", stt_status_duration: "p(95)<300" },
    recovery: { rto: "<30s" },
  },
});
