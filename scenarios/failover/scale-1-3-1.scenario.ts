import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { at } from "../../harness/faults/schedule.ts";
import { stop } from "../../harness/faults/stop.ts";
import { node, others } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { consumerGroups } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

/** All but the first: whoever is stopped leaves, and whoever is started again joins. */
const scaledIn = stop(others("stt", node("stt-1")));

export default scenario({
  title: "the service goes from one instance to three and back to one under load, and loses nothing",
  about:
    "Instances that leave finish what they have begun and give their partitions back; those that join get their share. Nothing may be lost or done twice, and no request that was begun is cut off: what fails was sent to an instance that was already gone.",
  suite: "nightly",
  topology: quickStt({ instances: 3 }),
  workload: transcriptions({ rate: 3, balanced: true }),
  steadyState: well,
  faults: [at("2s", scaledIn).for("5s"), at("17s", scaledIn).for("5s")],
  checks: [...lossless, consumerGroup({ group: consumerGroups.stages, sizes: [3, 1, 3, 1, 3] })],
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<15s" } },
});
