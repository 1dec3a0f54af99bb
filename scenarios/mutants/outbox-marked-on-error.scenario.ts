import publishTimesOut, { impatient } from "../kafka/publish-times-out.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...publishTimesOut,
  ...notForLong,
  topology: quickSttWith("./outbox-marked-on-error.ts", { env: impatient }),
  mutant: {
    mistake: "A row of the outbox is marked as sent also when its publish has failed.",
    caughtBy: "transcription",
  },
};
