import type { HistoryEvent } from "./event.ts";
import { requestKinds } from "./transcription-operations.ts";

/**
 * What users ask of a system, whatever the workload: what availability, recovery and hypotheses count. Not among them:
 * final reads of transcriptions, and what a client only tells itself (`assign`, `subscribe`).
 */
export const userOperationKinds: ReadonlySet<string> = new Set([
  ...requestKinds,
  ...["read", "write", "cas", "get", "put", "append", "add", "enqueue", "dequeue"],
  ...["acquire", "release", "guarded-write"],
  ...["send", "poll"],
]);

/** Whether the event is of a user's operation. */
export const isUserOperation = (event: HistoryEvent): boolean => userOperationKinds.has(event.f);

/** How a system says no when all is well: the `error` of a `fail` that is an answer. */
export const noes = {
  /** An `acquire` of a lock that somebody holds. */
  busy: "busy",
  /** A `guarded-write` with a fencing token that is too old. */
  stale: "stale",
  /** A `cas` of a register with another value. */
  differs: "differs",
  /** A `send` of a record that is larger than the broker takes. */
  tooLarge: "too large",
} as const;

const answers: ReadonlySet<string> = new Set(Object.values(noes));

/** Whether it ended with an answer that says no (see {@link noes}). */
export const isNo = ({ type, error }: HistoryEvent): boolean =>
  type === "fail" && error !== undefined && answers.has(error);

/** Whether the user was served: it ended ok, or with an answer that says no. */
export const isServed = (event: HistoryEvent): boolean => event.type === "ok" || isNo(event);
