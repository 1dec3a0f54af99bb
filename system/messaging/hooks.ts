import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { IncomingMessage } from "./messaging.ts";

/** Why a consumer's session ended. Whatever the reason but `closed`, a new one begins. */
export type SessionEndReason =
  | "closed"
  /** It never joined its group. */
  | "not-started"
  /** The group has given its place away, as after a pause longer than the session timeout. */
  | "fenced"
  | "heartbeat-stalled"
  | "crashed";

/** What the adapters tell of their life and of trouble. */
export interface MessagingHooks {
  /** A handler rejected. */
  readonly onFailure: (message: IncomingMessage, error: unknown) => void;
  readonly onCommitFailure: (message: IncomingMessage, error: unknown) => void;
  readonly onSessionStarted: (group: string) => void;
  readonly onSessionEnded: (group: string, reason: SessionEndReason, error?: unknown) => void;
  /** The partitions a member has were shared out anew; `lost`: taken from it without its leave. */
  readonly onRebalance: (group: string, kind: "assigned" | "revoked" | "lost", partitions: number) => void;
  /** How many partitions a member has now, and how many messages it holds, waiting or at hand. */
  readonly onPartitions: (group: string, count: number) => void;
  readonly onInFlight: (group: string, count: number) => void;
  readonly onPublish: (outcome: "ok" | "failed", seconds: number) => void;
  /** The producer was given up for a new one. */
  readonly onProducerReplaced: (reason: "stuck" | "failed-send") => void;
  /** A client reports trouble that it deals with itself. */
  readonly onClientError: (role: "producer" | "consumer" | "admin", error: unknown) => void;
}

/** Hooks that count, by the client, and log. */
export function createMessagingHooks(logger: Logger, metrics: Metrics, client: string): MessagingHooks {
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
    onSessionStarted: (group) => {
      metrics.kafkaSessionsStarted.inc({ client, group });
      logger.info({ group }, "a Kafka consumer has started");
    },
    onSessionEnded: (group, reason, error) => {
      metrics.kafkaSessionsEnded.inc({ client, group, reason });
      metrics.kafkaPartitions.set({ client, group }, 0);
      if (reason === "closed") logger.info({ group }, "a Kafka consumer has left its group");
      else logger.warn({ err: error, group, reason }, "a Kafka consumer ended and is started again");
    },
    onRebalance: (group, kind, partitions) => {
      metrics.kafkaRebalances.inc({ client, group, kind });
      const level = kind === "lost" ? "warn" : "info";
      logger[level]({ group, kind, partitions }, "Kafka partitions moved");
    },
    onPartitions: (group, count) => metrics.kafkaPartitions.set({ client, group }, count),
    onInFlight: (group, count) => metrics.kafkaInFlight.set({ client, group }, count),
    onPublish: (outcome, seconds) => metrics.kafkaPublishDuration.observe({ client, outcome }, seconds),
    onProducerReplaced: (reason) => {
      metrics.kafkaProducersReplaced.inc({ client, reason });
      logger.warn({ reason }, "the Kafka producer is replaced");
    },
    onClientError: (role, error) => {
      metrics.kafkaClientErrors.inc({ client, role });
      logger.warn({ err: error, role }, "a Kafka client reports trouble");
    },
  };
}
