import { availability } from "../../harness/checkers/availability.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "while sentinels replace a dead Redis primary no request fails and nothing is done twice",
  about:
    "Redis replicates without waiting, so the new primary may not know of locks, heartbeats and states that the old one had acknowledged. Fencing tokens and the truth are in PostgreSQL, so that costs a lookup and never a second submission.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", kill(redisPrimary())).for("8s")],
  checks: [...lossless, availability({ atLeast: 1, phases: ["steady", "fault"] })],
  thresholds: {
    steady: calm,
    fault: { stt_status_duration: "p(95)<300", http_req_failed: "rate<=0" },
    recovery: { rto: "<20s" },
  },
});
