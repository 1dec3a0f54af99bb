import { lock } from "proper-lockfile";
import { type Clock, systemClock } from "../util/clock.ts";

/** A lock whose holder was killed is free again after this time. */
const STALE_MS = 8_000;
const RETRY_MS = 250;

/**
 * Runs `work` while no other process of this user runs work under the same lock file.
 * @param file the lock's path; it need not exist.
 * @param options.onWait called once when another process holds the lock.
 * @param work receives a signal that aborts when `options.signal` does, or when the lock was lost (this process
 *   was stopped for so long that another took it for dead).
 */
export async function withLock<T>(
  file: string,
  options: { signal?: AbortSignal | undefined; onWait?: () => void; staleMs?: number; clock?: Clock },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, clock = systemClock, staleMs = STALE_MS } = options;
  const lost = new AbortController();
  const acquire = () =>
    lock(file, {
      realpath: false,
      stale: staleMs,
      update: staleMs / 4,
      onCompromised: (error) => lost.abort(error),
    });

  let release: (() => Promise<void>) | undefined;
  for (let waited = false; release === undefined; ) {
    signal?.throwIfAborted();
    try {
      release = await acquire();
    } catch (error) {
      if (!isHeldByAnother(error)) throw error;
      if (!waited) options.onWait?.();
      waited = true;
      await clock.sleep(RETRY_MS, signal);
    }
  }
  try {
    return await work(signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]));
  } finally {
    if (!lost.signal.aborted) await release();
  }
}

function isHeldByAnother(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ELOCKED";
}
