import { stageTopics } from "../../system/contract/topics.ts";
import { publishingAfterCommit } from "./publishing-after-commit.ts";

await publishingAfterCommit({
  topics: [stageTopics.encoding, stageTopics.processing],
  publish: (kafka, messages) => kafka.publish(messages),
});
