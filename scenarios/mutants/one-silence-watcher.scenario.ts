import silentUsers, { briefSilence } from "../ha/silent-users.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...silentUsers,
  topology: quickSttWith("./one-silence-watcher.ts", briefSilence),
  mutant: {
    mistake: "Only one instance looks for silent recordings: while it is down they never end.",
    caughtBy: "transcription",
  },
};
