import { parseJson } from "../contract/json.ts";
import { messageBody, messageHeaders } from "../contract/messages.ts";
import {
  deadLetterTopics,
  partitionsPerRetryTopic,
  partitionsPerTopic,
  type RetryingStage,
  type RetryTopology,
  retryTopicOf,
  stageTopics,
} from "../contract/topics.ts";
import type { Stage } from "../domain/status.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { partitionOf } from "../messaging/partitioner.ts";
import type { OutboxMessage } from "../storage/outbox.ts";
import type { Transcription } from "../storage/transcriptions.ts";

type Subject = Pick<Transcription, "id" | "version" | "attempt">;

/** What a stage's messages carry along from its first one to the last. */
export interface Trail {
  /** Where the stage's first message was. */
  readonly origin: { readonly topic: string; readonly partition: string; readonly offset: string };
  /** Once a call has failed: why the last one did, and when the first one did (epoch milliseconds). */
  readonly failure?: { readonly cause: string; readonly firstAt: number };
}

/** A stage's message as it came in. Times in epoch milliseconds, 0 when it names none. */
export interface StageMessage {
  readonly recordingId: string;
  /** The status version it was written with. */
  readonly version: number;
  /** Calls upstream made before. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly notBefore: number;
  readonly trail: Trail;
}

/** When a retry is due: `delayMs` from `now`. What of the delay is over `windowMs` is spent in the outbox. */
export interface RetryTiming {
  readonly now: number;
  readonly delayMs: number;
  readonly windowMs: number;
}

/** The broker limits a message's size, an upstream's complaint has no limit. Characters. */
const causeLimit = { retry: 200, deadLetter: 2_000 };

function message(
  topic: string,
  partitions: number,
  row: Subject,
  headers: Record<string, string>,
): OutboxMessage {
  return {
    topic,
    key: row.id,
    lane: partitionOf(row.id, partitions),
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
  return message(stageTopics[stage], partitionsPerTopic, row, {});
}

/**
 * Asks a stage to go on after a delay. The message enters its topic one window before it is due: so all messages of
 * a topic wait equally long, and none holds up one behind it that is due earlier.
 */
export function retryMessage(
  stage: RetryingStage,
  row: Subject,
  layout: RetryTopology["layout"],
  { now, delayMs, windowMs }: RetryTiming,
  trail: Trail,
): OutboxMessage {
  const topic = retryTopicOf(stage, row.attempt, layout);
  const headers = {
    [messageHeaders.notBefore]: String(now + delayMs),
    ...trailHeaders(trail, causeLimit.retry),
  };
  const holdMs = Math.max(0, delayMs - windowMs);
  return { ...message(topic, partitionsPerRetryTopic(layout), row, headers), holdMs };
}

/** Records that a stage gave up. `attempt`: calls made before the last one. */
export function deadLetter(stage: Stage, row: Subject, trail: Required<Trail>): OutboxMessage {
  const headers = trailHeaders(trail, causeLimit.deadLetter);
  return message(deadLetterTopics[stage], partitionsPerTopic, row, headers);
}

/** The trail after one more failure. */
export function afterFailure(trail: Trail, cause: string, now: number): Required<Trail> {
  return { origin: trail.origin, failure: { cause, firstAt: trail.failure?.firstAt ?? now } };
}

function trailHeaders({ origin, failure }: Trail, limit: number): Record<string, string> {
  return {
    [messageHeaders.originTopic]: origin.topic,
    [messageHeaders.originPartition]: origin.partition,
    [messageHeaders.originOffset]: origin.offset,
    ...(failure && {
      [messageHeaders.cause]: failure.cause.slice(0, limit),
      [messageHeaders.firstFailure]: String(failure.firstAt),
    }),
  };
}

/** What a stage's message says, or null when it is none of ours. */
export function parseMessage(incoming: IncomingMessage): StageMessage | null {
  const { headers } = incoming;
  const body = messageBody.safeParse(parseJson(incoming.value));
  const version = numberOf(headers[messageHeaders.version]);
  const attempt = numberOf(headers[messageHeaders.attempt]);
  const createdAt = numberOf(headers[messageHeaders.createdAt] ?? "0");
  const notBefore = numberOf(headers[messageHeaders.notBefore] ?? "0");
  if (!body.success || version === null || attempt === null || createdAt === null || notBefore === null) {
    return null;
  }
  const { recordingId } = body.data;
  return { recordingId, version, attempt, createdAt, notBefore, trail: trailOf(incoming) };
}

/** A message without a trail is the one it begins with. */
function trailOf({ topic, partition, offset, headers }: IncomingMessage): Trail {
  const cause = headers[messageHeaders.cause];
  const firstAt = numberOf(headers[messageHeaders.firstFailure]);
  return {
    origin: {
      topic: headers[messageHeaders.originTopic] ?? topic,
      partition: headers[messageHeaders.originPartition] ?? String(partition),
      offset: headers[messageHeaders.originOffset] ?? String(offset),
    },
    ...(cause !== undefined && firstAt !== null ? { failure: { cause, firstAt } } : {}),
  };
}

/** A header's number, or null when it is absent or none. */
function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
