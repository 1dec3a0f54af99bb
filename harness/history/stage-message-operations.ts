import { z } from "zod";
import type { HistoryEvent } from "./event.ts";
import { parseValue } from "./values.ts";

/** The operation of the `stageMessages` workload: `stage-messages` is a read of a whole topic (the key) in the end. */
export const stageMessagesRead = "stage-messages";

/** A message of the service in a topic. `version` and `attempt` say which one of the recording's it is. */
const stageMessage = z.object({
  partition: z.int(),
  offset: z.int(),
  id: z.string(),
  version: z.int(),
  attempt: z.int(),
  /** When it was put into the outbox, epoch ms; absent when it does not say. */
  createdAt: z.int().optional(),
});
export type StageMessage = z.infer<typeof stageMessage>;

const topicRead = z.array(stageMessage);

/**
 * What an `ok` read of a topic found, each partition in the order of its offsets.
 * @throws UsageError naming the event when the value has another shape.
 */
export const messagesRead = (event: HistoryEvent): readonly StageMessage[] =>
  parseValue(topicRead, event, "Stage messages");
