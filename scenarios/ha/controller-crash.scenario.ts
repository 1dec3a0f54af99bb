import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { controller } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "killing the active controller loses no accepted transcription",
  about:
    "Without a controller no partition gets a new leader, so the partitions that its broker led wait for two elections, one after the other. The pipeline may pause that long; requests do not need Kafka and go on.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", kill(controller())).for("6s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<20s" } },
});
