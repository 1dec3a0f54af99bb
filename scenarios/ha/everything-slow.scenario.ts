import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { latency } from "../../harness/faults/latency.ts";
import { linksFrom, linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const slow = { latency: "20ms", jitter: "10ms" } as const;

export default scenario({
  title: "when everything is slow at once, everything works, slowly",
  about:
    "Users reach the service, the service reaches Kafka, Redis, PostgreSQL and Daglo, and brokers reach each other over links as long as a continent; Daglo itself takes its time. Nothing is down, so nothing may be refused, lost, or done twice because somebody lost patience.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 3 }),
  steadyState: well,
  faults: [
    at("4s", latency(linksTo(all("stt")), slow)).for("8s"),
    at("4s", latency(linksFrom(all("stt")), slow)).for("8s"),
    at("4s", latency(linksFrom(all("kafka")), slow)).for("8s"),
    at("4s", dagloMode("log-normal-delay")).for("8s"),
  ],
  checks: lossless,
  thresholds: {
    steady: calm,
    fault: { http_req_failed: "rate<0.01", stt_status_duration: "p(95)<1000" },
    recovery: { rto: "<30s" },
  },
});
