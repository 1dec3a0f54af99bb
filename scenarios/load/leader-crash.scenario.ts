import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellServed, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "under load, killing a partition leader fails few requests and loses nothing",
  about:
    "The profile load, ended when the service has recovered. Requests do not need Kafka, so they are as fast as before; recordings may wait for the election, and none fails.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "load", ownThresholds: false }),
  steadyState: wellUnderLoad,
  faults: [at("30s", kill(leaderOf(stageTopics.processing))).for("8s")],
  checks: lossless,
  thresholds: {
    steady: wellServed,
    fault: { "k6.http_req_failed": "rate<0.05", "k6.stt_status_duration": "p(95)<600" },
    recovery: { rto: "<30s", "k6.http_req_failed": "rate<0.05" },
  },
});
