import kafkaAnswersLost from "../ha/kafka-answers-lost.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...kafkaAnswersLost,
  topology: quickSttWith("./multi-partition-sends.ts"),
  mutant: {
    mistake:
      "Sends go to several partitions at once, without idempotence: those tried again are written twice.",
    caughtBy: "messages",
  },
};
