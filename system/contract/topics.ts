import type { Stage } from "../domain/status.ts";

/** Partitions of every topic of the service. */
export const partitionsPerTopic = 3;

/** Work for a stage. Key of every message: the recording's id. */
export const stageTopics: Readonly<Record<Stage, string>> = {
  encoding: "stt-encoding-topic",
  processing: "stt-processing-topic",
  summarizing: "stt-summarizing-topic",
};

/** Stages that wait for the upstream ask again through a topic of their own. Encoding has none. */
export const retryTopics = {
  processing: "stt-processing-topic-retry",
  summarizing: "stt-summarizing-topic-retry",
} as const;

/** What a stage gave up on; the recording is FAILED. */
export const deadLetterTopics: Readonly<Record<Stage, string>> = {
  encoding: "stt-encoding-topic-dlt",
  processing: "stt-processing-topic-dlt",
  summarizing: "stt-summarizing-topic-dlt",
};

export const allTopics: readonly string[] = [
  ...Object.values(stageTopics),
  ...Object.values(retryTopics),
  ...Object.values(deadLetterTopics),
];

/** Consumer groups: one for the stages' topics, one for the retry topics, whose messages wait until they are due. */
export const consumerGroups = { stages: "stt-stages", retries: "stt-retries" } as const;
