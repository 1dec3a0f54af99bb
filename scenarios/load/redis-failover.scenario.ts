import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellServed, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "under load, a Redis failover costs speed and no request",
  about:
    "The profile load, ended when the service has recovered. Without the cache each status is a query of PostgreSQL: slower, and right. What Redis had not replicated costs a lookup, never a second submission.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "load", ownThresholds: false }),
  steadyState: wellUnderLoad,
  faults: [at("30s", kill(redisPrimary())).for("8s")],
  checks: lossless,
  thresholds: {
    steady: wellServed,
    fault: {
      "k6.http_req_failed": ["rate<0.01", "rate<0.05 within 5s"],
      "k6.stt_status_duration": "p(95)<600",
    },
    recovery: { rto: "<30s", "k6.stt_status_duration": "p(95)<600" },
  },
});
