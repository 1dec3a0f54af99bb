import { hasEnded, type RecordingState, rankOf } from "../history/transcription-operations.ts";
import { Attempts, mayRetry, type Surroundings } from "./attempts.ts";
import { HttpTransport } from "./http-transport.ts";
import { sleepUntil } from "./open-loop.ts";
import { StompTransport } from "./stomp-transport.ts";

/** A user who records once. */
export interface UserPlan {
  /** When the user wants to start, in ns on the history's axis. */
  readonly intended: number;
  /** The number of the user in the run, from 0. */
  readonly number: number;
  readonly token: string;
  /** The number of the instance that the first request goes to, over all of them and on from 0 again. */
  readonly turn: number;
  /** The audio, in order; at least one. */
  readonly chunks: readonly Buffer[];
  readonly chunkMs: number;
  readonly pollMs: number;
  readonly heartbeatMs: number;
  /** Over STOMP, and else by HTTP. */
  readonly stomp: boolean;
  /** Falls silent instead of sending the last chunk with the finish. */
  readonly silent: boolean;
  readonly random: () => number;
}

/** What the user knows, for counting and for the final reads. Grows while the user goes on. */
export interface UserRecord {
  readonly plan: UserPlan;
  id?: string;
  /** The finish was acknowledged, or the user fell silent: the recording has to end. */
  finished: boolean;
  /** The conversion was acknowledged. */
  accepted: boolean;
  /** The furthest state the user saw. */
  state?: RecordingState;
  /** Called when it changes. */
  onState?: () => void;
  /** Starts without an answer. */
  indeterminate: number;
  refused: boolean;
}

export const newUserRecord = (plan: UserPlan): UserRecord => ({
  plan,
  finished: false,
  accepted: false,
  indeterminate: 0,
  refused: false,
});

/**
 * Records, as an app would: start; chunks as the microphone fills them; finish; poll until ENCODED; ask for the
 * conversion; poll until it ended. Every request is repeated until it is answered, but a start without an answer: it may
 * have made a recording, so another user starts over.
 * @throws the signal's reason once the workload is over.
 */
export async function record(user: UserRecord, surroundings: Surroundings): Promise<void> {
  const { plan } = user;
  const by = { token: plan.token, turn: plan.turn };
  await using transport = plan.stomp
    ? new StompTransport(surroundings, by, (state) => learn(user, state))
    : new HttpTransport(surroundings, by);
  const attempts = new Attempts(surroundings, transport, plan.random);
  const id = await start(user, attempts);
  if (id === undefined) return;
  user.id = id;
  // A subscription, as an app has: its first message is the answer, the others are told as they come.
  if (plan.stomp)
    await attempts.untilAnswered({ f: "status", key: id, id, intended: surroundings.history.now() });
  const answered =
    (await upload(user, id, attempts, surroundings)) &&
    (await poll(user, id, "ENCODED", attempts, surroundings)) &&
    (await convert(user, id, attempts, surroundings)) &&
    (await poll(user, id, "COMPLETED", attempts, surroundings));
  user.refused = !answered && user.state !== "FAILED";
}

async function start(user: UserRecord, attempts: Attempts): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const attempt = await attempts.once({
      f: "start",
      key: `user-${user.plan.number}${user.indeterminate > 0 ? `-${user.indeterminate}` : ""}`,
      intended: user.plan.intended,
    });
    if (attempt.type === "ok") return attempt.value.id;
    if (attempt.type === "info") user.indeterminate++;
    else if (!mayRetry("start", attempt)) {
      user.refused = true;
      return undefined;
    }
    await attempts.backOff(tries, attempt.retryAfterMs);
  }
}

/** Sends the chunks, each when the microphone has filled it, the last one with the finish. */
async function upload(
  user: UserRecord,
  id: string,
  attempts: Attempts,
  surroundings: Surroundings,
): Promise<boolean> {
  const { chunks, chunkMs, heartbeatMs, silent } = user.plan;
  const began = surroundings.history.now();
  let alive = began;
  const last = chunks.length - 1;
  for (const [seq, body] of chunks.entries()) {
    if (silent && seq === last) return fallSilent(user, id, attempts);
    const due = began + (seq + 1) * chunkMs * 1e6;
    await sleepUntil(due, surroundings);
    if (due >= alive + heartbeatMs * 1e6) {
      alive = due;
      // Not repeated: the next one is soon enough, and a chunk is a sign of life, too.
      await attempts.once({ f: "heartbeat", key: id, id, intended: due });
    }
    const sent =
      seq < last ? await sendChunk(id, seq, body, due, attempts) : await finish(user, id, due, attempts);
    if (!sent) return false;
  }
  return true;
}

async function sendChunk(id: string, seq: number, body: Buffer, intended: number, attempts: Attempts) {
  const attempt = await attempts.untilAnswered({
    f: "chunk",
    key: id,
    value: { seq, bytes: body.length },
    id,
    chunk: { seq, body },
    intended,
  });
  return attempt.type === "ok";
}

/** Says nothing any more: what becomes of the recording is up to the service. */
function fallSilent(user: UserRecord, id: string, attempts: Attempts): boolean {
  attempts.note("silence", id);
  user.finished = true;
  return true;
}

/** Sends the last chunk with the finish; where the service lacks chunks, sends them again and repeats the finish. */
async function finish(user: UserRecord, id: string, intended: number, attempts: Attempts): Promise<boolean> {
  const { chunks } = user.plan;
  const seq = chunks.length - 1;
  const body = chunks[seq] ?? Buffer.alloc(0);
  for (let tries = 1; ; tries++) {
    const attempt = await attempts.untilAnswered({
      f: "finish",
      key: id,
      value: { seq, bytes: body.length },
      id,
      chunk: { seq, body },
      intended,
    });
    if (attempt.type === "ok") {
      user.finished = true;
      return true;
    }
    const missing = attempt.missing ?? [];
    if (missing.length === 0) return false;
    for (const lacking of missing) {
      const chunk = chunks[lacking];
      if (chunk === undefined || !(await sendChunk(id, lacking, chunk, intended, attempts))) return false;
    }
    await attempts.backOff(tries);
  }
}

async function convert(
  user: UserRecord,
  id: string,
  attempts: Attempts,
  { history }: Surroundings,
): Promise<boolean> {
  const attempt = await attempts.untilAnswered({
    f: "convert",
    key: id,
    id,
    intended: history.now(),
  });
  user.accepted = attempt.type === "ok";
  return user.accepted;
}

/** Over STOMP the subscription tells of changes: polls are a net under it, and come so many times more seldom. */
const pollsSpared = 10;

/**
 * Waits until the recording is at least in this state, or has ended, by polls, each due a while after the former, and, over
 * STOMP, by what the subscription tells.
 */
async function poll(
  user: UserRecord,
  id: string,
  wanted: RecordingState,
  attempts: Attempts,
  surroundings: Surroundings,
): Promise<boolean> {
  const { pollMs, stomp } = user.plan;
  const everyNs = pollMs * (stomp ? pollsSpared : 1) * 1e6;
  let due = surroundings.history.now();
  for (;;) {
    due = Math.max(due + everyNs, surroundings.history.now());
    await sleepUnlessTold(due, user, wanted, surroundings);
    if (!settles(user.state, wanted)) {
      const attempt = await attempts.untilAnswered({ f: "status", key: id, id, intended: due });
      if (attempt.type !== "ok") return false;
      learn(user, attempt.value.status);
    }
    const { state } = user;
    if (state !== undefined && hasEnded(state)) return state === "COMPLETED" || wanted === "COMPLETED";
    if (settles(state, wanted)) return true;
  }
}

function learn(user: UserRecord, state: RecordingState): void {
  if (user.state === undefined || rankOf(state) >= rankOf(user.state)) user.state = state;
  user.onState?.();
}

const settles = (state: RecordingState | undefined, wanted: RecordingState): boolean =>
  state !== undefined && (hasEnded(state) || rankOf(state) >= rankOf(wanted));

/** Sleeps until a time, or until the user is told of the state that it waits for. */
async function sleepUnlessTold(
  dueNs: number,
  user: UserRecord,
  wanted: RecordingState,
  { history, clock, signal }: Surroundings,
): Promise<void> {
  const told = new AbortController();
  user.onState = () => {
    if (settles(user.state, wanted)) told.abort();
  };
  user.onState();
  await sleepUntil(dueNs, { history, clock, signal: AbortSignal.any([signal, told.signal]) }).catch(() => {});
  signal.throwIfAborted();
}
