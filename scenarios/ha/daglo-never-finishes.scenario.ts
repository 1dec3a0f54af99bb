import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "jobs that Daglo does not finish for a while are waited for, and not submitted again",
  about:
    "Daglo takes every job and says of each that it is still at it. The service asks again and again, far from its last attempt, and gets every transcription once Daglo comes to an end. A recording may wait; it may neither fail nor be submitted twice.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", dagloMode("never-finishes")).for("8s")],
  checks: lossless,
  thresholds: {
    steady: calm,
    fault: { http_req_failed: "rate<0.01", stt_status_duration: "p(95)<300" },
    recovery: { rto: "<25s" },
  },
});
