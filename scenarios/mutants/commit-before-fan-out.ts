import { stageTopics } from "../../system/contract/topics.ts";
import { publishingAfterCommit } from "./publishing-after-commit.ts";

await publishingAfterCommit({
  topics: [stageTopics.summarizing],
  publish: async (kafka, messages) => {
    kafka.publish(messages).catch(() => {});
  },
});
