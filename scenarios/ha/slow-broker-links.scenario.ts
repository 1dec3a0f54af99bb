import { latency } from "../../harness/faults/latency.ts";
import { linksFrom } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "slow links between the brokers make transcriptions slower, and lose none",
  about:
    "A write is acknowledged when the followers have fetched it, over links that now take 400 ms there and back: below every timeout of the cluster, so that no broker may be taken for dead. Recordings may take seconds longer; users' requests may not.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", latency(linksFrom(all("kafka")), { latency: "200ms", jitter: "50ms" })).for("8s")],
  checks: lossless,
  thresholds: {
    steady: calm,
    fault: { http_req_failed: "rate<0.01", stt_status_duration: "p(95)<300" },
    recovery: { rto: "<25s" },
  },
});
