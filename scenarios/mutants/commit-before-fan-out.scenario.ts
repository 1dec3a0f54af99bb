import cutOffThenKilled from "../ha/cut-off-then-killed.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...cutOffThenKilled,
  ...notForLong,
  topology: quickSttWith("./commit-before-fan-out.ts"),
  mutant: {
    mistake: "A stage acknowledges its message before the follow-up for the next stage is published.",
    caughtBy: "transcription",
  },
};
