import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import type { SttOptions } from "../../harness/topology/stt.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

/** @param service a variant of the service, for the mutants. */
export function instanceCrash(service: Pick<SttOptions, "entry" | "env"> = {}): Scenario {
  return scenario({
    title: "killing an instance of the service loses no accepted transcription",
    about:
      "Its users go on with the other instance, and its partitions go there when its session has expired. Requests under way may fail; what was acknowledged is in PostgreSQL, and what was begun is done by the other.",
    topology: quickStt(service),
    workload: transcriptions({ rate: 4 }),
    steadyState: well,
    faults: [at("4s", kill(node("stt-1"))).for("8s")],
    // Killed between an answer of the upstream and its commit, an instance cannot know that it has submitted.
    checks: [transcription(), submittedOnce({ tolerate: 2 })],
    thresholds: { steady: calm, recovery: { rto: "<30s" } },
  });
}

export default instanceCrash();
