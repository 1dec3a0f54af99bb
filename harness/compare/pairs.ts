import type { WindowStatistics } from "./window.ts";

/** A window of A and the window of B that ran just before or after it. */
export interface Pair {
  readonly a: WindowStatistics;
  readonly b: WindowStatistics;
}

/**
 * The pairs of windows that took turns, by when they started: the first two are one of A and one of B, and so on to the last.
 * @returns undefined when they did not take turns, as when all of A ran before all of B.
 */
export function interleavedPairs(
  a: readonly WindowStatistics[],
  b: readonly WindowStatistics[],
): Pair[] | undefined {
  if (a.length !== b.length) return undefined;
  const inTime = [
    ...a.map((window) => ({ side: "a" as const, window })),
    ...b.map((window) => ({ side: "b" as const, window })),
  ].sort((one, other) => one.window.startedAt - other.window.startedAt);
  const pairs: Pair[] = [];
  for (let at = 0; at < inTime.length; at += 2) {
    const [one, other] = [inTime[at], inTime[at + 1]];
    if (one === undefined || other === undefined || one.side === other.side) return undefined;
    pairs.push(one.side === "a" ? { a: one.window, b: other.window } : { a: other.window, b: one.window });
  }
  return pairs;
}
