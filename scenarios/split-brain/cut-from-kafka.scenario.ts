import { availability } from "../../harness/checkers/availability.ts";
import { showing } from "../../harness/faults/metric-target.ts";
import { partition } from "../../harness/faults/partition.ts";
import { bySite } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

/** The one that publishes the outbox for all. */
const publisher = showing("stt", "stt_relay_active");

export default scenario({
  title: "an instance that no longer hears Kafka serves on, and the other one does its work",
  about:
    "Requests need PostgreSQL only, so none may fail. The cut instance is the one that publishes the outbox: it must leave that to the other, and the group gives it its partitions after 6 s. All is well again before the heal. Nothing may be lost or done twice.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", partition(bySite({ service: [publisher], kafka: [all("kafka")] }))).for("16s")],
  checks: [...lossless, availability({ atLeast: 1, phases: ["fault"] })],
  thresholds: { steady: calm, recovery: { rto: "<16s" } },
});
