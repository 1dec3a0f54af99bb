import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const cutOff = isolate(redisPrimary(), { clients: true });

export default scenario({
  title: "a Redis primary that is heard again in the middle of its replacement has nothing done twice",
  about:
    "Sentinels give a primary up after 1 s, vote, and promote another within about 3 s. Cuts of 1.2, 2.0 and 2.8 s end before the vote, while it runs, and when the new primary has just been made. Locks and cached statuses may be lost with either primary; work may not be done twice, no status may go back, and no request may fail for it.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", cutOff).for("1200ms"), at("9s", cutOff).for("2s"), at("18s", cutOff).for("2800ms")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.02" }, recovery: { rto: "<30s" } },
});
