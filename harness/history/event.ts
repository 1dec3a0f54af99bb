import { z } from "zod";

/** `info`: may or may not have taken effect; `fail`: certainly did not. */
export type EventType = "invoke" | "ok" | "fail" | "info";

/** Phases of a run, in order. `setup` is before the steady state was proven. */
export const phases = ["setup", "steady", "fault", "recovery", "drain"] as const;
export type Phase = (typeof phases)[number];

/** One line of a history, format version 1 (docs/history-format.md). */
export const eventSchema = z.object({
  index: z.int().nonnegative(),
  /** Nanoseconds since the run began, on a monotonic clock. */
  time: z.number().nonnegative(),
  type: z.enum(["invoke", "ok", "fail", "info"]),
  /** A logical single-threaded client; retired after an `info`. */
  process: z.int().nonnegative(),
  f: z.string(),
  key: z.string().optional(),
  /** Absent reads as null. */
  value: z.unknown().optional(),
  /** The node the client spoke to. */
  node: z.string().optional(),
  phase: z.enum(phases).optional(),
  error: z.string().optional(),
  /** On an invoke of an open-loop workload: when it should have been sent (ns). Latency counts from here. */
  intended: z.number().nonnegative().optional(),
});

export type HistoryEvent = z.infer<typeof eventSchema>;

/** An invocation with its completion; `completion` is absent when the run ended first. */
export interface Operation {
  readonly invoke: HistoryEvent;
  readonly completion?: HistoryEvent;
}
