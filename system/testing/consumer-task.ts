import { z } from "zod";
import type { KafkaConfig } from "../config.ts";

/** What a consumer process is told first: whom to consume from, and the message that it holds until it is told to finish it. */
export interface ConsumerTask {
  readonly kafka: KafkaConfig;
  readonly group: string;
  readonly topic: string;
  readonly holdAt: string;
}

/** What it tells: messages begun and handled, and what became of its membership. */
export const consumerReport = z.object({
  kind: z.enum(["begun", "handled", "refused", "rebalance", "ended"]),
  what: z.string(),
});
export type ConsumerReport = z.infer<typeof consumerReport>;
