import type { Samples } from "./benchmark.ts";
import { quantile } from "./statistics.ts";

/** What a loop measured. */
export interface LoopResult {
  readonly perSecond: number;
  /** Milliseconds of each request. */
  readonly times: readonly number[];
}

/**
 * So many users at once, each with its next request as soon as the former is answered.
 * @param request one request of the user of this number; a rejection ends the loop.
 */
export async function closedLoop(
  { users, forMs, signal }: { users: number; forMs: number; signal: AbortSignal },
  request: (user: number) => Promise<unknown>,
): Promise<LoopResult> {
  const times: number[] = [];
  const start = performance.now();
  const live = async (user: number) => {
    for (let now = performance.now(); now - start < forMs; ) {
      signal.throwIfAborted();
      await request(user);
      const answered = performance.now();
      times.push(answered - now);
      now = answered;
    }
  };
  await Promise.all(Array.from({ length: users }, (_, user) => live(user)));
  return { perSecond: (times.length * 1_000) / (performance.now() - start), times };
}

/** A loop's rate and quantiles as series: `x` is the rate, `x p50`, `x p95` and `x p99` are times. */
export function loopSamples(name: string, { perSecond, times }: LoopResult): Samples {
  return {
    [name]: [perSecond],
    [`${name} p50`]: [quantile(times, 0.5)],
    [`${name} p95`]: [quantile(times, 0.95)],
    [`${name} p99`]: [quantile(times, 0.99)],
  };
}
