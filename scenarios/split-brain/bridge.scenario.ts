import { partition } from "../../harness/faults/partition.ts";
import { bridge } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { any } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "two brokers that no longer hear each other, while the third hears both, lose nothing",
  about:
    "Whichever is the one in the middle, the controller or not, each of the others has one to replicate with: two in-sync replicas are enough to go on writing. Nobody may accept what the next leader does not have; nothing may be lost or done twice, and work is late by an election at most.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", partition(bridge(any("kafka")))).for("7s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<20s" } },
});
