import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import { type SttOptions, stt } from "../../harness/topology/stt.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";

/** @param service a variant of the service, for the mutants. */
export function instanceCrash(service: Pick<SttOptions, "entry" | "env"> = {}): Scenario {
  return scenario({
    title: "killing an instance of the service loses no accepted transcription",
    topology: stt({ kafka: 3, redis: "sentinel", instances: 2, ...service }),
    workload: transcriptions({ rate: 4 }),
    steadyState: steadyState({ encodedWithin: "2s", completedWithin: "6.5s" }),
    faults: [at("10s", kill(node("stt-1"))).for("8s")],
    // Killed between an answer of the upstream and its commit, an instance cannot know that it has submitted.
    checks: [transcription(), submittedOnce({ tolerate: 2 })],
    thresholds: {
      steady: { stt_status_duration: "p(95)<300", http_req_failed: "rate<0.01" },
      recovery: { rto: "<30s" },
    },
  });
}

export default instanceCrash();
