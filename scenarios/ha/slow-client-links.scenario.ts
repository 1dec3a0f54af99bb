import { latency } from "../../harness/faults/latency.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "slow links from the service to the brokers make transcriptions slower, and lose none",
  about:
    "Every send, fetch, heartbeat and commit takes 600 ms longer, with jitter. No member may be thrown out of its group for it, nothing may be lost or done twice. Recordings may take seconds longer; users' requests do not need Kafka and may not.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [
    at(
      "4s",
      latency(linksTo(all("kafka"), { from: ["stt-1", "stt-2"] }), { latency: "300ms", jitter: "100ms" }),
    ).for("8s"),
  ],
  checks: lossless,
  thresholds: {
    steady: calm,
    fault: { http_req_failed: "rate<0.01", stt_status_duration: "p(95)<300" },
    recovery: { rto: "<25s" },
  },
});
