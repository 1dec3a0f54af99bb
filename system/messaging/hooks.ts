import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { IncomingMessage } from "./messaging.ts";

/** What a consumer tells of trouble. */
export interface ConsumerHooks {
  readonly onFailure: (message: IncomingMessage, error: unknown) => void;
  readonly onCommitFailure: (message: IncomingMessage, error: unknown) => void;
}

/** Hooks that count and log. */
export function createConsumerHooks(logger: Logger, metrics: Metrics): ConsumerHooks {
  const where = ({ topic, partition, offset, key }: IncomingMessage) => ({
    topic,
    partition,
    offset: String(offset),
    key,
  });
  return {
    onFailure: (message, error) => {
      metrics.redelivered.inc({ topic: message.topic });
      logger.warn({ err: error, ...where(message) }, "handling a message failed; it is handled again");
    },
    onCommitFailure: (message, error) => {
      metrics.commitFailures.inc({ topic: message.topic });
      logger.warn({ err: error, ...where(message) }, "an offset was not committed");
    },
  };
}
