import slowPostgres, { someSilence } from "../ha/slow-postgres.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...slowPostgres,
  topology: quickSttWith("./cache-before-database.ts", someSilence),
  mutant: {
    mistake: "A status is cached before it is committed: users see what is not true yet, or never will be.",
    caughtBy: "transcription",
  },
};
