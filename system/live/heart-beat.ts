import { badFrame } from "./errors.ts";

/** How often each side sends something at least, ms; 0: it does not promise to. */
export interface HeartBeats {
  readonly toClientMs: number;
  readonly fromClientMs: number;
}

/**
 * What both sides agree on by their `heart-beat` headers (STOMP 1.2): each direction runs at the slower of what its
 * sender can and its receiver wants, and not at all when either says 0.
 * @param header the client's, "can,wants" in ms; absent: "0,0".
 * @param everyMs what the service can and wants.
 */
export function negotiate(header: string | undefined, everyMs: number): HeartBeats {
  const match = /^(\d{1,9}),(\d{1,9})$/.exec(header ?? "0,0");
  if (!match) throw badFrame("heart-beat must be two numbers of milliseconds: can,wants");
  const slower = (ms: number) => (ms === 0 ? 0 : Math.max(ms, everyMs));
  return { fromClientMs: slower(Number(match[1])), toClientMs: slower(Number(match[2])) };
}

/** What the beats of a connection act on. */
export interface BeatingConnection {
  sendBeat(): void;
  /** Asks by the WebSocket's own ping, which every client answers. */
  ping(): void;
  /** Bytes that have come so far, of whatever kind. */
  bytesRead(): number;
  /** Whether we are reading at all: a client cannot be blamed for what we leave in the socket. */
  reading(): boolean;
}

/**
 * Keeps a connection's heart-beats: sends ours, and calls `onSilent` when nothing has come for twice what the client
 * promised. A client that promised nothing is pinged and must answer, so that dead connections are found, too.
 * @param everyMs how often to ping such a client.
 */
export function keepBeating(
  { toClientMs, fromClientMs }: HeartBeats,
  everyMs: number,
  connection: BeatingConnection,
  onSilent: () => void,
): Disposable {
  const timers: NodeJS.Timeout[] = [];
  if (toClientMs > 0) timers.push(setInterval(() => connection.sendBeat(), toClientMs));

  const checkMs = fromClientMs > 0 ? fromClientMs : everyMs;
  let heard = connection.bytesRead();
  let silentChecks = 0;
  const check = () => {
    const now = connection.bytesRead();
    silentChecks = now === heard && connection.reading() ? silentChecks + 1 : 0;
    heard = now;
    if (silentChecks >= 2) onSilent();
    else if (fromClientMs === 0) connection.ping();
  };
  timers.push(setInterval(check, checkMs));
  return { [Symbol.dispose]: () => timers.forEach(clearInterval) };
}
