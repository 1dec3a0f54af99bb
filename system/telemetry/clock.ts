import { setTimeout as delay } from "node:timers/promises";

/** Time, injected so that unit tests need not wait. */
export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};

/** Thrown by {@link withDeadline}. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * The promise's outcome, or a {@link DeadlineError} after `ms`. The work itself is not stopped: this is for
 * libraries whose own timeouts do not cover every way to hang.
 */
export async function withDeadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const timer = new AbortController();
  const deadline = delay(ms, undefined, { signal: timer.signal }).then(() => {
    throw new DeadlineError(`${what} took longer than ${ms} ms`);
  });
  deadline.catch(() => {}); // the race may be over before the timer is cleared
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    timer.abort();
  }
}
