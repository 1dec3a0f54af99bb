import { availability } from "../../harness/checkers/availability.ts";
import { partition } from "../../harness/faults/partition.ts";
import { bySite } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title:
    "an instance that no longer hears Redis, while the other one does, serves on and shows no old status",
  about:
    "Its locks, cache and heartbeats hang, and it works without them; the other one goes on writing a cache that it does not hear of. No request may fail, nothing may be lost or done twice, and no status may go back.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  steadyState: well,
  faults: [
    at("4s", partition(bySite({ service: ["stt-1"], redis: [all("redis"), all("sentinel")] }))).for("6s"),
  ],
  checks: [...lossless, availability({ atLeast: 1, phases: ["fault"] })],
  thresholds: { steady: calm, fault: { stt_status_duration: "p(95)<600" }, recovery: { rto: "<15s" } },
});
