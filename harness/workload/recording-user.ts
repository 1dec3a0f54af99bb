import { hasEnded, type RecordingState, rankOf } from "../history/transcription-operations.ts";
import { Attempts, mayRetry, type Surroundings, sleepUntil } from "./attempts.ts";

/** A user who records once. */
export interface UserPlan {
  /** When the user wants to start, in ns on the history's axis. */
  readonly intended: number;
  /** The number of the user in the run, from 0. */
  readonly number: number;
  readonly token: string;
  /** The audio, in order; at least one. */
  readonly chunks: readonly Buffer[];
  readonly chunkMs: number;
  readonly pollMs: number;
  readonly random: () => number;
}

/** What the user knows, for counting and for the final reads. Grows while the user goes on. */
export interface UserRecord {
  readonly plan: UserPlan;
  id?: string;
  /** The finish was acknowledged. */
  finished: boolean;
  /** The conversion was acknowledged. */
  accepted: boolean;
  /** The last state the user saw. */
  state?: RecordingState;
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
  const attempts = new Attempts(surroundings, { token: plan.token, turn: plan.number, random: plan.random });
  const id = await start(user, attempts);
  if (id === undefined) return;
  user.id = id;
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
      method: "POST",
      path: "/api/stt/recordings",
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
  const { chunks, chunkMs } = user.plan;
  const began = surroundings.history.now();
  const last = chunks.length - 1;
  for (const [seq, body] of chunks.entries()) {
    const due = began + (seq + 1) * chunkMs * 1e6;
    await sleepUntil(due, surroundings);
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
    method: "POST",
    path: `/api/stt/recordings/${id}/chunks?seq=${seq}&finish=false`,
    body,
    intended,
  });
  return attempt.type === "ok";
}

/** Sends the last chunk with the finish; where the service lacks chunks, sends them again and repeats the finish. */
async function finish(user: UserRecord, id: string, intended: number, attempts: Attempts): Promise<boolean> {
  const { chunks } = user.plan;
  const seq = chunks.length - 1;
  const body = chunks[seq];
  for (let tries = 1; ; tries++) {
    const attempt = await attempts.untilAnswered({
      f: "finish",
      key: id,
      value: { seq, bytes: body?.length ?? 0 },
      method: "POST",
      path: `/api/stt/recordings/${id}/chunks?seq=${seq}&finish=true`,
      ...(body === undefined ? {} : { body }),
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
    method: "POST",
    path: `/api/stt/recordings/${id}/transcription`,
    intended: history.now(),
  });
  user.accepted = attempt.type === "ok";
  return user.accepted;
}

/** Polls until the recording is at least in this state, or has ended. Each poll is due a while after the former. */
async function poll(
  user: UserRecord,
  id: string,
  wanted: RecordingState,
  attempts: Attempts,
  surroundings: Surroundings,
): Promise<boolean> {
  let due = surroundings.history.now();
  for (;;) {
    due = Math.max(due + user.plan.pollMs * 1e6, surroundings.history.now());
    await sleepUntil(due, surroundings);
    const attempt = await attempts.untilAnswered({
      f: "status",
      key: id,
      method: "GET",
      path: `/api/stt/recordings/${id}/status`,
      intended: due,
    });
    if (attempt.type !== "ok") return false;
    user.state = attempt.value.status;
    if (hasEnded(user.state)) return user.state === "COMPLETED" || wanted === "COMPLETED";
    if (rankOf(user.state) >= rankOf(wanted)) return true;
  }
}
