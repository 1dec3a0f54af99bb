import { latency } from "../../harness/faults/latency.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { stop } from "../../harness/faults/stop.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "an instance that is asked to stop ends the calls it has under way, and no job is submitted twice",
  about:
    "Daglo's answers are two seconds on their way, so that the instance waits for some when it is told to go. It waits on, and writes down what they brought before it ends; the other one takes over the rest.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 2 }),
  steadyState: well,
  faults: [
    at("4s", latency(linksTo(node("daglo")), { latency: "2s", flow: "downstream" })).for("9s"),
    at("8s", stop(node("stt-1"))).for("3s"),
  ],
  checks: lossless,
  thresholds: { steady: calm, recovery: { rto: "<40s" } },
});
