import { rollingRestart } from "../../harness/faults/restart.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "all brokers can be restarted under load, one after another, and nothing is lost",
  about:
    "As in an upgrade: each broker hands over what it leads, stops, and is waited for until it is in sync again before the next one goes. Nothing may be lost or done twice, and users may not notice; the pipeline may pause at each change of leaders.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", rollingRestart(all("kafka"))).for("1s")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<45s" } },
});
