import { relevance, type Stage } from "../domain/status.ts";
import type { IncomingMessage, MessageHandler } from "../messaging/messaging.ts";
import type { Database } from "../storage/database.ts";
import type { Transcription, Transcriptions } from "../storage/transcriptions.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { parseMessage } from "./messages.ts";

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
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Does a stage's work on a recording that is in the stage's status. */
export type StageWork = (row: Transcription, message: { attempt: number }) => Promise<StageOutcome>;

/**
 * The frame of every stage: finds the recording, drops messages that are late or repeated (at-least-once
 * delivery brings such), times the work.
 */
export function stageHandler(stage: Stage, deps: StageDependencies, work: StageWork): MessageHandler {
  const { metrics, logger } = deps;

  const drop = (message: IncomingMessage, reason: string): StageOutcome => {
    metrics.dropped.inc({ topic: message.topic, reason });
    logger.debug({ topic: message.topic, key: message.key, reason }, "message dropped");
    return "dropped";
  };

  const handle = async (message: IncomingMessage): Promise<StageOutcome> => {
    const parsed = parseMessage(message);
    if (!parsed) {
      logger.error({ topic: message.topic, key: message.key }, "a message that is none of ours was dropped");
      return drop(message, "malformed");
    }
    const row = await deps.transcriptions.find(deps.database, parsed.recordingId);
    if (!row) return drop(message, "unknown");
    const relation = relevance(stage, row.status);
    if (relation !== "due") return drop(message, relation);
    // Each counted attempt has a message of its own: a lower number has been followed by the next one already.
    if (parsed.attempt < row.attempt) return drop(message, "repeated");
    const outcome = await work(row, parsed);
    return outcome === "dropped" ? drop(message, "overtaken") : outcome;
  };

  return async (message) => {
    const stop = metrics.stageDuration.startTimer({ stage });
    try {
      stop({ outcome: await handle(message) });
    } catch (error) {
      stop({ outcome: error instanceof RecordingBusy ? "busy" : "error" });
      throw error;
    }
  };
}
