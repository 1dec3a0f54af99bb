import { relevance, type Stage } from "../domain/status.ts";
import type { IncomingMessage, MessageHandler } from "../messaging/messaging.ts";
import type { Database } from "../storage/database.ts";
import type { Transcription, Transcriptions } from "../storage/transcriptions.ts";
import type { Clock } from "../telemetry/clock.ts";
import { withLogIds } from "../telemetry/log-ids.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { inSpan, SpanKind } from "../telemetry/tracing.ts";
import { parseMessage, type StageMessage } from "./messages.ts";
import type { WorkLimit } from "./work-limit.ts";

/** Another instance is at this recording. The message is handled again later: by then it is done, or free. */
export class RecordingBusy extends Error {
  override readonly name = "RecordingBusy";
}

/**
 * A later holder has taken over: this one's write was refused. The message is not acknowledged but handled again,
 * for only the state in PostgreSQL shows whether the other one finished the work.
 */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** What one handling of a message came to, for the metrics. `dropped`: there was nothing to do. */
export type StageOutcome = "advanced" | "put-off" | "failed" | "dropped";

export interface StageDependencies {
  readonly database: Pick<Database, "query" | "transaction">;
  readonly transcriptions: Pick<Transcriptions, "find" | "mintFence" | "transition" | "recordAttempt">;
  /** The places for this stage's work. */
  readonly limit: WorkLimit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Does a stage's work on a recording that is in the stage's status. */
export type StageWork = (row: Transcription, message: StageMessage) => Promise<StageOutcome>;

/**
 * Whether the recording has gone on since the message was written: to a later status (also, requeued, to the same
 * one again), or to a further attempt, each of which has a message of its own.
 */
export function isPast(message: StageMessage, row: Transcription): boolean {
  return message.version < row.version || message.attempt < row.attempt;
}

/**
 * The frame of every stage: finds the recording, drops messages that are late or repeated (at-least-once
 * delivery brings such), bounds and times the work.
 */
export function stageHandler(stage: Stage, deps: StageDependencies, work: StageWork): MessageHandler {
  const { metrics, logger, clock } = deps;

  const drop = (message: IncomingMessage, reason: string): StageOutcome => {
    metrics.dropped.inc({ topic: message.topic, reason });
    logger.debug({ topic: message.topic, key: message.key, reason }, "message dropped");
    return "dropped";
  };

  const handle = async (message: IncomingMessage, signal: AbortSignal): Promise<StageOutcome> => {
    const parsed = parseMessage(message);
    if (!parsed) {
      logger.error({ topic: message.topic, key: message.key }, "a message that is none of ours was dropped");
      return drop(message, "malformed");
    }
    const row = await deps.transcriptions.find(deps.database, parsed.recordingId);
    if (!row) return drop(message, "unknown");
    const relation = relevance(stage, row.status);
    if (relation !== "due") return drop(message, relation);
    if (isPast(parsed, row)) return drop(message, "repeated");
    const dueSince = Math.max(parsed.createdAt, parsed.notBefore);
    metrics.queueAge.observe({ stage }, Math.max(0, clock.now() - dueSince) / 1_000);
    const outcome = await deps.limit.run(() => work(row, parsed), signal);
    return outcome === "dropped" ? drop(message, "overtaken") : outcome;
  };

  const timed = async (message: IncomingMessage, signal: AbortSignal): Promise<void> => {
    const stop = metrics.stageDuration.startTimer({ stage });
    try {
      stop({ outcome: await handle(message, signal) });
    } catch (error) {
      stop({ outcome: error instanceof RecordingBusy ? "busy" : "error" });
      throw error;
    }
  };

  return (message, signal) => {
    const options = {
      kind: SpanKind.CONSUMER,
      attributes: { "messaging.system": "kafka", "messaging.destination.name": message.topic },
      cause: message.headers,
    };
    return withLogIds({ recording: message.key }, () =>
      inSpan(`${stage} stage`, options, () => timed(message, signal)),
    );
  };
}
