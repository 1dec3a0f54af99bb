import { availability } from "../../harness/checkers/availability.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { stt } from "../../harness/topology/stt.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";

export default scenario({
  title: "without Redis no request fails and no accepted transcription is lost",
  topology: stt({ kafka: 1, redis: "single", instances: 2 }),
  workload: transcriptions({ rate: 4 }),
  faults: [at("10s", kill(node("redis-1"))).for("20s")],
  checks: [transcription(), submittedOnce(), availability({ atLeast: 1, phases: ["steady", "fault"] })],
  thresholds: {
    steady: { stt_status_duration: "p(95)<300" },
    fault: { stt_status_duration: "p(95)<300", http_req_failed: "rate<=0" },
    recovery: { rto: "<30s" },
  },
});
