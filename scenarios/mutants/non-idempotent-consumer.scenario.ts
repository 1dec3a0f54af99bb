import { impatient } from "../kafka/publish-times-out.scenario.ts";
import publishedTwice from "../kafka/published-twice.scenario.ts";
import { quickSttWith } from "./stt-with.ts";

export default {
  ...publishedTwice,
  topology: quickSttWith("./non-idempotent-consumer.ts", { env: impatient }),
  mutant: {
    mistake: "A message that comes a second time is processed a second time.",
    caughtBy: "submitted-once",
  },
};
