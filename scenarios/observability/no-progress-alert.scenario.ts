import { alerts } from "../../harness/checkers/alerts.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "when Kafka is gone the operator is told within 20 s, and told that it is over within 30 s",
  about:
    "Recordings are accepted all the while, so that nobody who only watches the API would notice. The alert NoProgress is evaluated by a real Prometheus, from the rules that an operator is given (observability/prometheus/rules).",
  suite: "nightly",
  topology: quickStt({ prometheus: true }),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  // As long as the alert has to fire before, so that a false alarm would be seen.
  faults: [at("20s", kill(all("kafka"))).for("25s")],
  checks: [...lossless, alerts({ fires: "NoProgress", within: "20s", clears: "30s" })],
  thresholds: { steady: calm, recovery: { rto: "<70s" } },
});
