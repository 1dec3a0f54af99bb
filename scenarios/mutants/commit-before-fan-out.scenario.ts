import { impatient } from "../kafka/publish-times-out.scenario.ts";
import workInHand from "../kafka/work-in-hand.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...workInHand,
  ...notForLong,
  topology: quickSttWith("./commit-before-fan-out.ts", { env: impatient }),
  mutant: {
    mistake: "A stage acknowledges its message before the follow-up for the next stage is published.",
    caughtBy: "transcription",
  },
};
