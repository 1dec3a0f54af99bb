import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { quickStt } from "../common.ts";
import leaderIsolated from "../split-brain/leader-isolated.scenario.ts";
import { notForLong } from "./stt-with.ts";

export default {
  ...leaderIsolated,
  ...notForLong,
  workload: transcriptions({ rate: 4, drainWithin: "20s" }),
  topology: quickStt({ env: { STT_KAFKA_ACKS: "1", STT_KAFKA_IDEMPOTENT: "false" } }),
  mutant: {
    mistake: "A write counts as done when the leader alone has it (acks=1), and is lost with it.",
    caughtBy: "transcription",
  },
};
