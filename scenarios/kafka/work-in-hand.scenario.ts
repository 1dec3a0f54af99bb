import { cut } from "../../harness/faults/cut.ts";
import { latency } from "../../harness/faults/latency.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all, node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";
import { impatient } from "./publish-times-out.scenario.ts";

const instances = ["stt-1", "stt-2"];

export default scenario({
  title: "work that is under way when Kafka goes away is finished, and its next step is not forgotten",
  about:
    "The upstream is far away, so that both instances have many calls under way when Kafka cannot be reached for longer than a publish may take. What the calls come to is kept, each with the message for its next step, and those are published when Kafka is back. Work waits; nothing may be lost or done twice.",
  topology: quickStt({ env: impatient }),
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  steadyState: well,
  faults: [
    at("4s", latency(linksTo(node("daglo"), { from: instances }), { latency: "800ms" })).for("9s"),
    at("7s", cut(linksTo(all("kafka"), { from: instances }))).for("6s"),
  ],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<25s" } },
  giveUpAfter: "25s",
  suite: "nightly",
});
