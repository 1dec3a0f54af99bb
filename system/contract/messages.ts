import { z } from "zod";

/** Headers of the service's Kafka messages. All values are UTF-8 text. */
export const messageHeaders = {
  /** Calls upstream already made in this stage, from 0. */
  attempt: "attempt",
  /** The status version the message was written with: a later status makes the message void. */
  version: "version",
  /** When the message was written to the outbox, epoch milliseconds of PostgreSQL's clock. */
  createdAt: "created-at",
  /** On a retry: epoch milliseconds before which it must not be handled. */
  notBefore: "not-before",
  /** On a retry and a dead letter: where the stage's first message was. */
  originTopic: "origin-topic",
  originPartition: "origin-partition",
  originOffset: "origin-offset",
  /** On a retry once a call has failed, and on a dead letter: why the last one did. */
  cause: "cause",
  /** With the cause: when the first call of the stage failed, epoch milliseconds. */
  firstFailure: "first-failure",
} as const;

/** The body of every message: JSON. */
export const messageBody = z.object({ recordingId: z.string().min(1) });
