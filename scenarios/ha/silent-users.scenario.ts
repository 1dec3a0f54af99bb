import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

/** Silence of five seconds is enough; by default it is thirty. */
export const briefSilence = { env: { STT_HEARTBEAT_TTL_MS: "5000" } };

export default scenario({
  title: "whoever falls silent is encoded with what there is, also while an instance is down",
  about:
    "Every other user vanishes without finishing. Each instance looks for such recordings, so that the death of one changes nothing: within seconds they are ended, and none of their chunks is lost.",
  suite: "nightly",
  topology: quickStt(briefSilence),
  workload: transcriptions({ rate: 3, silent: 0.5 }),
  steadyState: well,
  faults: [at("4s", kill(node("stt-1"))).for("14s")],
  // Killed between an answer of the upstream and its commit, an instance cannot know that it has submitted.
  checks: [transcription({ silenceEndsWithin: "11s" }), submittedOnce({ tolerate: 2 })],
  thresholds: { steady: calm, recovery: { rto: "<30s" } },
});
