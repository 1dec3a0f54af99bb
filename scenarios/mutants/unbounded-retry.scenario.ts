import jobsLostUpstream from "../kafka/jobs-lost-upstream.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...jobsLostUpstream,
  ...notForLong,
  topology: quickSttWith("./unbounded-retry.ts", { env: { STT_RETRY_ATTEMPTS: "1000000" } }),
  mutant: {
    mistake: "What fails is tried again for ever, and never goes to the dead letters.",
    caughtBy: "transcription",
  },
};
