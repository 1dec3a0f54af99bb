import { cut } from "../../harness/faults/cut.ts";
import { linksFrom, linksTo } from "../../harness/faults/link-targets.ts";
import { every } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const broker = node("kafka-1");

export default scenario({
  title: "a broker whose network comes and goes every second or two loses nothing",
  about:
    "All its connections, in and out, are closed and refused for 2 s, then possible for 1 s, four times: a broker is given up after 2 s, so that it is now thrown out of the cluster and now not, and no client can settle. Nothing may be lost or done twice; work is late while leaders move to and fro.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [
    every("3s", cut(linksTo(broker)))
      .for("2s")
      .during("4s", "16s"),
    every("3s", cut(linksFrom(broker)))
      .for("2s")
      .during("4s", "16s"),
  ],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<35s" } },
});
