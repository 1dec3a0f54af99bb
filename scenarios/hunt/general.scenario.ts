import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { quickStt } from "../common.ts";

export default scenario({
  title: "whatever strikes, nothing that was acknowledged is lost, and all ends",
  about:
    "What `faultline hunt` draws its faults for; without them it is a calm run. Requests may fail and be slow for as long as faults last. A recording that was accepted completes once, and the service is well again within a minute.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4, stomp: 0.5 }),
  // Laxer than elsewhere: it says that the service works, not how fast.
  steadyState: steadyState({ encodedWithin: "4s", completedWithin: "10s" }),
  faults: [],
  // A submission under way when its instance or its connection ends is made again, under the same idempotency key: of
  // four recordings a second, a few for each of up to three faults.
  checks: [transcription(), submittedOnce({ tolerate: 12 })],
  // An upstream that refuses a job for good, or has lost it, is a reason for a recording to end FAILED.
  hunt: { without: ["daglo bad-request", "daglo loses-jobs"] },
  suite: "nightly",
});
