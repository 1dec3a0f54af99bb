import type { BenchContext } from "./benchmark.ts";
import { newRuntime, provisioned, referenceTopology } from "./environment.ts";

/** How long a start of the reference topology took, in milliseconds since the call. */
export interface StartTimes {
  /** All components provisioned. */
  readonly provisionedMs: number;
  /** Everything but the service ready. */
  readonly backingMs: number;
  /** All nodes ready. */
  readonly readyMs: number;
}

/**
 * Starts the reference topology, as `faultline run` does, and ends it.
 * @param cache another cache folder than the user's.
 */
export async function startReference(context: BenchContext, cache?: string): Promise<StartTimes> {
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const installed = await provisioned(context, cache);
  const provisionedMs = elapsed();
  await using runtime = newRuntime(context);
  let backingMs = 0;
  await using _running = await referenceTopology.start({
    runtime,
    installed,
    signal: context.signal,
    step: (_name, work) => {
      backingMs = elapsed(); // the last step starts the service, when all it needs is ready
      return work();
    },
  });
  return { provisionedMs, backingMs, readyMs: elapsed() };
}
