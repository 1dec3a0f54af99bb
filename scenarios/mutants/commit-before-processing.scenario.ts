import { transcriptions } from "../../harness/workload/transcriptions.ts";
import instanceCrash from "../ha/instance-crash.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...instanceCrash,
  ...notForLong,
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  topology: quickSttWith("./commit-before-processing.ts"),
  mutant: {
    mistake: "A message is acknowledged before it is processed, and what goes wrong afterwards is swallowed.",
    caughtBy: "transcription",
  },
};
