import { type Duration, formatDuration, milliseconds } from "./duration.ts";

/**
 * What the work resolves to. The work itself is not ended: it goes on, and nobody listens.
 * @throws Error naming what took longer than the limit.
 */
export async function withDeadline<T>(work: Promise<T>, limit: Duration, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const ms = milliseconds(limit);
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${formatDuration(ms)}`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
