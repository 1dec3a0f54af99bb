import { z } from "zod";

/** Headers of the service's Kafka messages. All values are UTF-8 text. */
export const messageHeaders = {
  /** Calls upstream already made in this stage, from 0. */
  attempt: "attempt",
  /** Epoch milliseconds before which a retry message must not be handled. */
  notBefore: "not-before",
  /** On a dead letter: why. */
  cause: "cause",
  /** The status version the message was written with, for people who read topics. */
  version: "version",
} as const;

/** The body of every message: JSON. */
export const messageBody = z.object({ recordingId: z.string().min(1) });
