import publishTimesOut, { impatient } from "../kafka/publish-times-out.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...publishTimesOut,
  topology: quickSttWith("./retry-that-reorders.ts", { env: impatient }),
  mutant: {
    mistake: "A message that could not be published is put aside for a retry, and those behind it go first.",
    caughtBy: "messages",
  },
};
