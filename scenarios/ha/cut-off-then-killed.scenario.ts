import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { cut } from "../../harness/faults/cut.ts";
import { kill } from "../../harness/faults/kill.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all, node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

export default scenario({
  title: "an instance that dies while it cannot reach Kafka takes no acknowledged work with it",
  about:
    "What it acknowledged meanwhile is not in Kafka yet, and whatever it kept in memory dies with it. So the next step of a recording is written with its state, in one transaction, and another instance publishes it. Requests under way may fail; a submission under way may be repeated.",
  topology: quickStt(),
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  steadyState: well,
  faults: [
    at("4s", cut(linksTo(all("kafka"), { from: ["stt-1"] }))).for("6s"),
    at("6500ms", kill(node("stt-1"))).for("4s"),
  ],
  // Killed between an answer of the upstream and its commit, an instance cannot know that it has submitted.
  checks: [transcription(), submittedOnce({ tolerate: 1 })],
  thresholds: { steady: calm, recovery: { rto: "<45s" } },
  giveUpAfter: "50s",
  suite: "nightly",
});
