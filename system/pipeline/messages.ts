import { messageBody, messageHeaders } from "../contract/messages.ts";
import { deadLetterTopics, partitionsPerTopic, retryTopics, stageTopics } from "../contract/topics.ts";
import type { Stage } from "../domain/status.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { partitionOf } from "../messaging/partitioner.ts";
import type { OutboxMessage } from "../storage/outbox.ts";
import type { Transcription } from "../storage/transcriptions.ts";

/** The stages that wait for the upstream. */
export type UpstreamStageName = keyof typeof retryTopics;

type Subject = Pick<Transcription, "id" | "version" | "attempt">;

function message(topic: string, row: Subject, headers: Record<string, string>): OutboxMessage {
  return {
    topic,
    key: row.id,
    lane: partitionOf(row.id, partitionsPerTopic),
    value: JSON.stringify({ recordingId: row.id }),
    headers: {
      [messageHeaders.version]: String(row.version),
      [messageHeaders.attempt]: String(row.attempt),
      ...headers,
    },
  };
}

/** Asks a stage to begin. The row is the one that has just entered the stage's status. */
export function stageMessage(stage: Stage, row: Subject): OutboxMessage {
  return message(stageTopics[stage], row, {});
}

/** Asks a stage to go on, not before the given time (epoch milliseconds). */
export function retryMessage(stage: UpstreamStageName, row: Subject, notBefore: number): OutboxMessage {
  return message(retryTopics[stage], row, { [messageHeaders.notBefore]: String(notBefore) });
}

/** Records that a stage gave up. */
export function deadLetter(stage: Stage, row: Subject, cause: string): OutboxMessage {
  // The broker limits a message's size, an upstream's complaint has no limit.
  return message(deadLetterTopics[stage], row, { [messageHeaders.cause]: cause.slice(0, 2_000) });
}

/** What a stage's message says, or null when it is none of ours. */
export function parseMessage(incoming: IncomingMessage): {
  recordingId: string;
  attempt: number;
  notBefore: number;
} | null {
  const body = messageBody.safeParse(jsonOf(incoming.value));
  const attempt = numberOf(incoming.headers[messageHeaders.attempt]);
  const notBefore = numberOf(incoming.headers[messageHeaders.notBefore]);
  if (!body.success || attempt === null || notBefore === null) return null;
  return { recordingId: body.data.recordingId, attempt, notBefore };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A header's number; 0 when it is absent, null when it is not a number. */
function numberOf(text: string | undefined): number | null {
  if (text === undefined) return 0;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
