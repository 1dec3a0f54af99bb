import type { HistoryEvent } from "./event.ts";
import { requestKinds } from "./transcription-operations.ts";

/**
 * What users ask of a system, whatever the workload: what availability, recovery and hypotheses count. Not among them:
 * final reads of transcriptions, and what a client only tells itself (`assign`, `subscribe`).
 */
const kinds: ReadonlySet<string> = new Set([
  ...requestKinds,
  ...["read", "write", "cas", "get", "put", "append", "add", "enqueue", "dequeue"],
  ...["acquire", "release", "guarded-write"],
  ...["send", "poll"],
]);

/** Whether the event is of a user's operation. */
export const isUserOperation = (event: HistoryEvent): boolean => kinds.has(event.f);

/** How a system says no when all is well: the `error` of a `fail` that is an answer. */
export const noes = {
  /** An `acquire` of a lock that somebody holds. */
  busy: "busy",
  /** A `guarded-write` with a fencing token that is too old. */
  stale: "stale",
  /** A `cas` of a register with another value. */
  differs: "differs",
} as const;

const answers: ReadonlySet<string> = new Set(Object.values(noes));

/** Whether the user was served: it ended ok, or with an answer that says no (see {@link noes}). */
export const isServed = ({ type, error }: HistoryEvent): boolean =>
  type === "ok" || (type === "fail" && error !== undefined && answers.has(error));
