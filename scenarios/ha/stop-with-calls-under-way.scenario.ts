import { latency } from "../../harness/faults/latency.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { stop } from "../../harness/faults/stop.ts";
import { all, node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "instances that are asked to stop end the calls they have under way, and no job is submitted twice",
  about:
    "Daglo's answers are two seconds on their way, so that all instances wait for some when they are told to go. They wait on, and write down what the answers brought before they end; whoever comes next takes over the rest.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 2 }),
  steadyState: well,
  faults: [
    at("4s", latency(linksTo(node("daglo")), { latency: "2s", flow: "downstream" })).for("9s"),
    at("8s", stop(all("stt"))).for("3s"),
  ],
  checks: lossless,
  thresholds: { steady: calm, recovery: { rto: "<40s" } },
});
