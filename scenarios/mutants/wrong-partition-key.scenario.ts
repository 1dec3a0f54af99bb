import kafkaAnswersLost from "../ha/kafka-answers-lost.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...kafkaAnswersLost,
  topology: quickSttWith("./wrong-partition-key.ts"),
  mutant: {
    mistake: "Messages have a key of their own instead of their recording's, and no order.",
    caughtBy: "messages",
  },
};
