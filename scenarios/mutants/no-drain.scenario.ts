import stopWithCallsUnderWay from "../ha/stop-with-calls-under-way.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...stopWithCallsUnderWay,
  topology: quickSttWith("./no-drain.ts"),
  mutant: {
    mistake: "On SIGTERM the service ends at once: what it has under way is cut off, and done twice.",
    caughtBy: "submitted-once",
  },
};
