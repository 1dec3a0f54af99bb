import type { Stage } from "../domain/status.ts";

/** Partitions of the service's topics, but for those of the per-attempt layout. */
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

/** The stages that wait for the upstream. */
export type RetryingStage = keyof typeof retryTopics;

/** `single`: one retry topic a stage. `per-attempt`: one for each retry, `-retry-0`, `-retry-1` and so on. */
export const retryLayouts = ["single", "per-attempt"] as const;

/** Which retry topics there are. `attempts`: calls upstream a stage makes at most, the first one included. */
export interface RetryTopology {
  readonly layout: (typeof retryLayouts)[number];
  readonly attempts: number;
}

/** A retry topic has one partition when there are hundreds of them: they are each other's parallelism. */
export const partitionsPerRetryTopic = (layout: RetryTopology["layout"]): number =>
  layout === "single" ? partitionsPerTopic : 1;

/** The topic for a stage's message after `attempt` calls (1 or more). */
export function retryTopicOf(stage: RetryingStage, attempt: number, layout: RetryTopology["layout"]): string {
  return layout === "single" ? retryTopics[stage] : `${retryTopics[stage]}-${attempt - 1}`;
}

/** All retry topics of a stage: with `per-attempt`, one less than there are calls. */
export function retryTopicsOf(stage: RetryingStage, { layout, attempts }: RetryTopology): string[] {
  if (layout === "single") return [retryTopics[stage]];
  return Array.from({ length: attempts - 1 }, (_, retry) => retryTopicOf(stage, retry + 1, layout));
}

/** What a stage gave up on; the recording is FAILED. */
export const deadLetterTopics: Readonly<Record<Stage, string>> = {
  encoding: "stt-encoding-topic-dlt",
  processing: "stt-processing-topic-dlt",
  summarizing: "stt-summarizing-topic-dlt",
};

/**
 * The topics a stage's retries are read from. The single one always: after a change to `per-attempt` it still holds
 * messages of before.
 */
export function consumedRetryTopics(stage: RetryingStage, retry: RetryTopology): string[] {
  return [...new Set([retryTopics[stage], ...retryTopicsOf(stage, retry)])];
}

/** Every topic the service needs, with its partitions. */
export function topicSpecs(retry: RetryTopology): { readonly name: string; readonly partitions: number }[] {
  const all = [stageTopics, retryTopics, deadLetterTopics].flatMap((topics) => Object.values(topics));
  const partitions = partitionsPerRetryTopic(retry.layout);
  const retries = [retryTopicsOf("processing", retry), retryTopicsOf("summarizing", retry)].flat();
  return [
    ...all.map((name) => ({ name, partitions: partitionsPerTopic })),
    ...retries.filter((name) => !all.includes(name)).map((name) => ({ name, partitions })),
  ];
}

/** Consumer groups: one for the stages' topics, one for the retry topics, whose messages wait until they are due. */
export const consumerGroups = { stages: "stt-stages", retries: "stt-retries" } as const;
