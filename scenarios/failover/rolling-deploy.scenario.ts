import { rollingRestart } from "../../harness/faults/restart.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import type { SttOptions } from "../../harness/topology/stt.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

/** @param service a variant of the service, for the mutants. */
export const rollingDeploy = (service: Pick<SttOptions, "entry" | "env"> = {}): Scenario =>
  scenario({
    title: "a new version is rolled out under load, instance by instance, and hardly anybody notices",
    about:
      "Each instance is asked to stop: it says that it is not ready, finishes what it has begun, and gives its partitions and leases back; the next one follows when it is at work again. Nothing may be lost or done twice; what fails was sent in the moment before the balancer knew.",
    suite: "nightly",
    topology: quickStt({ instances: 3, ...service }),
    workload: transcriptions({ rate: 4, balanced: true }),
    steadyState: well,
    faults: [at("4s", rollingRestart(all("stt"))).for("1s")],
    checks: lossless,
    thresholds: { steady: calm, fault: { http_req_failed: "rate<0.01" }, recovery: { rto: "<15s" } },
  });

export default rollingDeploy();
