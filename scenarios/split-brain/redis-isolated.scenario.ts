import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { stt } from "../../harness/topology/stt.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";

/**
 * For a while there are two primaries, each with clients: a lock may have two holders at once, and what the old primary was
 * told is lost when it follows the new one. The fencing tokens of PostgreSQL keep the work from being done twice.
 */
export default scenario({
  title:
    "a Redis primary cut off from its replicas and sentinels, with its clients on its side, has nothing done twice",
  topology: stt({ kafka: 1, redis: "sentinel", instances: 2 }),
  workload: transcriptions({ rate: 4 }),
  faults: [at("10s", isolate(redisPrimary(), { clients: true })).for("15s")],
  checks: [transcription(), submittedOnce({ tolerate: 0 })],
  thresholds: {
    steady: { stt_status_duration: "p(95)<300", http_req_failed: "rate<0.01" },
    fault: { http_req_failed: "rate<0.05" },
    recovery: { rto: "<30s" },
  },
});
