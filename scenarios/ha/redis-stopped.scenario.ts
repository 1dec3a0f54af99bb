import { availability } from "../../harness/checkers/availability.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "without Redis no request fails and no accepted transcription is lost",
  about:
    "Redis makes things faster, and keeps instances out of each other's way; PostgreSQL has the truth, and its fencing tokens keep work from being done twice when there is no lock. So losing all of Redis may cost a timeout here and there, and no request.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", kill(all("redis"))).for("8s")],
  checks: [...lossless, availability({ atLeast: 1, phases: ["steady", "fault"] })],
  thresholds: {
    steady: calm,
    fault: { stt_status_duration: "p(95)<300", http_req_failed: "rate<=0" },
    recovery: { rto: "<20s" },
  },
});
