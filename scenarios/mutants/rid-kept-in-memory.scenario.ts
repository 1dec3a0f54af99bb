import crashWhileJobsRun from "../ha/crash-while-jobs-run.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...crashWhileJobsRun,
  topology: quickSttWith("./rid-kept-in-memory.ts"),
  mutant: {
    mistake: "A job's id is used before it is written down: after a crash the job is submitted again.",
    caughtBy: "submitted-once",
  },
};
