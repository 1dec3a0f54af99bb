import cutFromRedis from "../split-brain/cut-from-redis.scenario.ts";
import { notForLong, quickSttWith } from "./stt-with.ts";

export default {
  ...cutFromRedis,
  ...notForLong,
  topology: quickSttWith("./cache-never-invalidated.ts"),
  mutant: {
    mistake:
      "A cached status is believed for ever: one that could not be replaced in time is shown on and on.",
    caughtBy: "transcription",
  },
};
