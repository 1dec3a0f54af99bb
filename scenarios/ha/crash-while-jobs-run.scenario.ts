import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { dagloMode } from "../../harness/faults/daglo-mode.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt } from "../common.ts";

export default scenario({
  title: "jobs that the upstream is at when all instances crash are waited for, and not submitted again",
  about:
    "What was submitted is written down before it is asked for, so that whoever comes next asks on. Recordings may wait for the instances and for the upstream.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 1 }),
  steadyState: steadyState({ minCompleted: 1, encodedWithin: "2s", completedWithin: "8s" }),
  faults: [at("4s", dagloMode("never-finishes")).for("9s"), at("11s", kill(all("stt"))).for("1s")],
  // Killed between an answer of the upstream and its commit, an instance cannot know that it has submitted.
  checks: [transcription(), submittedOnce({ tolerate: 1 })],
  thresholds: { steady: calm, recovery: { rto: "<50s" } },
  giveUpAfter: "30s",
});
