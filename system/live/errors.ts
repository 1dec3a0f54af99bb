import type { Problem } from "../contract/api.ts";

/** Why the service ends a connection: codes of the WebSocket protocol (RFC 6455, section 7.4). */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  /** Not authenticated, not allowed, or a limit of the client's own. */
  policy: 1008,
  tooLarge: 1009,
  internal: 1011,
  /** Not the client's fault, or not for ever: come back later. */
  tryAgainLater: 1013,
} as const;

/** Why a connection was ended by the service: a label of the metric `stt_live_drops_total`. */
export type DropReason =
  | "bad-frame"
  | "unauthenticated"
  | "refused"
  | "connect-timeout"
  | "token-expired"
  | "silent"
  | "slow-consumer"
  | "subject-connections"
  | "draining"
  | "internal";

/** What ends a connection: the client gets an ERROR frame that says why, then the close code. */
export class ConnectionEnd extends Error {
  override readonly name = "ConnectionEnd";
  readonly reason: DropReason;
  readonly code: number;
  /** Details for the ERROR frame's body. */
  readonly problem: Problem | undefined;

  constructor(reason: DropReason, message: string, code: number, problem?: Problem) {
    super(message);
    this.reason = reason;
    this.code = code;
    this.problem = problem;
  }
}

/** A frame that breaks STOMP's rules, or uses what this service does not offer. */
export function badFrame(message: string, code: number = closeCodes.protocolError): ConnectionEnd {
  return new ConnectionEnd("bad-frame", message, code);
}

export function connectTimeout(ms: number): ConnectionEnd {
  return new ConnectionEnd("connect-timeout", `no CONNECT within ${ms} ms`, closeCodes.policy);
}

export function slowConsumer(ms: number): ConnectionEnd {
  return new ConnectionEnd("slow-consumer", `nothing was read for ${ms} ms`, closeCodes.tryAgainLater);
}

export function tooManyConnections(limit: number): ConnectionEnd {
  const message = `a subject has at most ${limit} connections to an instance`;
  return new ConnectionEnd("subject-connections", message, closeCodes.tryAgainLater);
}

export function tokenExpired(): ConnectionEnd {
  return new ConnectionEnd(
    "token-expired",
    "the token has expired: connect with a new one",
    closeCodes.policy,
  );
}

export function silent(): ConnectionEnd {
  return new ConnectionEnd("silent", "the promised heart-beats did not come", closeCodes.policy);
}
