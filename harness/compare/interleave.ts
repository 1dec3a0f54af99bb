import { seededRandom } from "../util/random.ts";

export type Side = "a" | "b";

/** A window that has run. */
export interface Ran<T> {
  readonly side: Side;
  /** From 0; each pair has one window of either side. */
  readonly pair: number;
  readonly result: T;
}

/**
 * The order of windows: pair by pair, and in each pair a coin of the seed's decides which side is first. Neighbours in time share what
 * the machine does, so drift cancels within a pair; and where A and B are the same, the coin alone decides the sign of a pair's
 * difference, whatever the noise is and however it hangs together over time. That is what makes the signed-rank test exact (Fisher 1935,
 * The Design of Experiments). A fixed order (ABAB, ABBA) would not: what comes back every second or fourth window would look like a difference.
 */
export function windowOrder(pairs: number, seed: number): Side[] {
  const random = seededRandom(seed);
  return Array.from({ length: pairs }, (): Side[] => (random() < 0.5 ? ["a", "b"] : ["b", "a"])).flat();
}

/**
 * Runs windows of A and B by turns and yields each when it has ended. Windows never overlap. A window of either side that fails ends it.
 * @param run runs one window of a side. What a side needs to warm up is up to the caller: a window that is colder than the others is noise.
 */
export async function* interleave<T>(
  run: Readonly<Record<Side, (signal: AbortSignal) => Promise<T>>>,
  options: { readonly pairs: number; readonly seed: number; readonly signal: AbortSignal },
): AsyncGenerator<Ran<T>> {
  const { pairs, seed, signal } = options;
  for (const [place, side] of windowOrder(pairs, seed).entries()) {
    signal.throwIfAborted();
    yield { side, pair: Math.floor(place / 2), result: await run[side](signal) };
  }
}
