import deadLettersLate from "../kafka/dead-letters-late.scenario.ts";
import { impatient } from "../kafka/publish-times-out.scenario.ts";
import { sttWith } from "./stt-with.ts";

export default {
  ...deadLettersLate,
  topology: sttWith("./swallowed-dead-letter.ts", { env: impatient }),
  mutant: {
    mistake: "That a dead letter could not be published is ignored: nobody will find the recording there.",
    caughtBy: "messages",
  },
};
