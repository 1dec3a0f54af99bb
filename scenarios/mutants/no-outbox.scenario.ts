import cutOffThenKilled from "../ha/cut-off-then-killed.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...cutOffThenKilled,
  ...notForLong,
  topology: quickSttWith("./no-outbox.ts"),
  mutant: {
    mistake: "The state is committed, and its message published afterwards: what happens between loses it.",
    caughtBy: "transcription",
  },
};
