import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title:
    "a Redis primary cut off from its replicas and sentinels, with its clients on its side, has nothing done twice",
  about:
    "For a while there are two primaries, each with clients: a lock may have two holders at once, and what the old primary was told is lost when it follows the new one. The fencing tokens of PostgreSQL keep the work from being done twice; statuses are cached anew.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", isolate(redisPrimary(), { clients: true })).for("8s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<25s" } },
});
