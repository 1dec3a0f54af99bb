import noLeaks from "../ha/no-leaks.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...noLeaks,
  topology: quickSttWith("./connection-leak.ts"),
  mutant: {
    mistake: "Connections are opened for a request and never given back.",
    caughtBy: "leak",
  },
};
