import { partition } from "../../harness/faults/partition.ts";
import { bySite } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { others, redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const primary = redisPrimary();

export default scenario({
  title:
    "two sites that lost each other, each with a service and a Redis primary of its own, do nothing twice",
  about:
    "Site A keeps the primary and one sentinel, site B has the replicas and the majority, and elects another primary. Brokers, PostgreSQL and Daglo are on a third site that both reach. Locks and cached statuses then exist twice, and those of site A are lost with the heal. Work may not be done twice, for PostgreSQL's fencing tokens decide; no status may go back, and nothing acknowledged may be lost.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [
    at(
      "4s",
      partition(
        bySite({
          a: ["stt-1", primary, "sentinel-1"],
          b: ["stt-2", others("redis", primary), "sentinel-2", "sentinel-3"],
        }),
      ),
    ).for("8s"),
  ],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<25s" } },
});
