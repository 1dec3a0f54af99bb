import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellServed, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "under load, a slow Daglo delays texts, and no request",
  about:
    "The profile load, ended when the service has recovered. Every answer of Daglo takes two seconds for a while: recordings queue up for it, and are worked off afterwards. Starts, chunks and polls do not wait for Daglo.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "load", ownThresholds: false }),
  steadyState: wellUnderLoad,
  faults: [at("30s", dagloMode("slow")).for("10s")],
  checks: lossless,
  thresholds: {
    steady: wellServed,
    fault: {
      "k6.http_req_failed": "rate<0.05",
      "k6.stt_chunk_duration": "p(95)<500",
      "k6.stt_status_duration": ["p(95)<300", "p(95)<600 within 5s"],
    },
    recovery: { rto: "<60s", "k6.stt_failed": "rate<0.05" },
  },
});
