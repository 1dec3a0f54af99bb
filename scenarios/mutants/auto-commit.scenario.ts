import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import instanceCrash from "../ha/instance-crash.scenario.ts";
import { notForLong, sttWith } from "./stt-with.ts";

export default {
  ...instanceCrash,
  ...notForLong,
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  // With the retry delay of two seconds: longer than the timer's, so that much is at hand at every tick.
  topology: sttWith("./auto-commit.ts"),
  steadyState: steadyState({ encodedWithin: "2s", completedWithin: "6.5s" }),
  mutant: {
    mistake: "The consumer commits on a timer whatever it was given, be it handled or not.",
    caughtBy: "transcription",
  },
};
