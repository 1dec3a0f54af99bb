import { SignJWT } from "jose";
import { problemOf } from "../api/errors.ts";
import type { LiveConfig } from "../config.ts";
import { Admission } from "../live/admission.ts";
import { type Frame, FrameReader } from "../live/frames.ts";
import { type SessionDependencies, StompSession } from "../live/session.ts";
import { StatusHub } from "../live/status-hub.ts";
import type { TranscriptionStatus } from "../storage/transcriptions.ts";
import { systemClock } from "../telemetry/clock.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";

/** Bounds that no test meets unless it sets them. */
export const wideBounds: LiveConfig = {
  maxConnections: 1_000,
  maxConnectionsPerSubject: 1_000,
  maxSubscriptions: 1_000,
  framesPerSecond: 100_000,
  heartBeatMs: 10_000,
  connectTimeoutMs: 10_000,
  bufferBytes: 256 * 1024,
  stallMs: 15_000,
};

const logger = createLogger("test", "silent");
const sessionMetrics = createMetrics("test");

/** A token whose signature nobody looks at. @param expiresIn seconds. */
export function unverifiedToken(expiresIn?: number): Promise<string> {
  const jwt = new SignJWT().setProtectedHeader({ alg: "HS256" });
  if (expiresIn !== undefined) jwt.setExpirationTime(new Date(Date.now() + expiresIn * 1_000));
  return jwt.sign(new Uint8Array(32));
}

/** What came out of a session, in order: frames, and its end. */
export type SessionEvent = Frame | { readonly effect: string } | { readonly closed: number };

/**
 * A session without a socket. Any token but "no" is alice's; the recordings are those of `owners`.
 * @param answer does what a SEND asks for; `effect` notes that it is done.
 */
export function sessionWith({
  owners = {},
  config = {},
  answer = async () => ({ status: 204 }),
  ...overrides
}: {
  readonly owners?: Readonly<Record<string, string>>;
  readonly config?: Partial<LiveConfig>;
  readonly answer?: (
    frame: Frame,
    effect: (name: string) => void,
  ) => ReturnType<SessionDependencies["requests"]["answer"]>;
} & Partial<Pick<SessionDependencies, "tokens">>) {
  const events: SessionEvent[] = [];
  const reader = new FrameReader(1_000_000);
  const lookUp = async (ids: readonly string[]): Promise<TranscriptionStatus[]> =>
    ids.flatMap((id) => {
      const owner = owners[id];
      return owner ? [{ id, owner, status: "RECORDING", version: 1, progress: null }] : [];
    });
  const hub = new StatusHub({ lookUp, clock: systemClock, logger, metrics: sessionMetrics });
  const bounds = { ...wideBounds, ...config };
  const admission = new Admission(bounds);
  const connection = {
    write: (text: string, flushed: () => void) => {
      events.push(...reader.read(Buffer.from(text)));
      flushed();
    },
    setReading: () => {},
    ping: () => {},
    bytesRead: () => 0,
    close: (code: number) => events.push({ closed: code }),
  };
  const session = new StompSession(connection, {
    config: bounds,
    tokens: {
      verify: async (token) =>
        token === "no" ? null : { subject: "alice", scopes: new Set(["stt:read", "stt:write"]) },
    },
    admission,
    hub,
    requests: { answer: (frame) => answer(frame, (effect) => events.push({ effect })) },
    problemOf,
    clock: systemClock,
    logger,
    metrics: sessionMetrics,
    ...overrides,
  });
  return { session, hub, admission, events };
}

/** Subscriptions to statuses that sessions of {@link sessionWith} have now. */
export async function openSubscriptions(): Promise<number> {
  return (await sessionMetrics.liveSubscriptions.get()).values[0]?.value ?? 0;
}
