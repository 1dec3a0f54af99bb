import type { WindowStatistics } from "./window.ts";

/** A window of A and the window of B that ran just before or after it. */
export interface Pair {
  readonly a: WindowStatistics;
  readonly b: WindowStatistics;
}

/** Windows that took turns. */
export interface Turns {
  readonly pairs: readonly Pair[];
  /** The last window, when it has no partner: the run ended in the middle of a pair. */
  readonly left?: WindowStatistics;
}

/**
 * The pairs of windows that took turns, by when they started: the first two are one of A and one of B, and so on to the last.
 * @returns undefined when they did not take turns, as when all of A ran before all of B.
 */
export function interleavedPairs(
  a: readonly WindowStatistics[],
  b: readonly WindowStatistics[],
): Turns | undefined {
  const inTime = [
    ...a.map((window) => ({ side: "a" as const, window })),
    ...b.map((window) => ({ side: "b" as const, window })),
  ].sort((one, other) => one.window.startedAt - other.window.startedAt);
  const left = inTime.length % 2 === 0 ? undefined : inTime.pop();
  const pairs: Pair[] = [];
  for (let at = 0; at < inTime.length; at += 2) {
    const [one, other] = [inTime[at], inTime[at + 1]];
    if (one === undefined || other === undefined || one.side === other.side) return undefined;
    pairs.push(one.side === "a" ? { a: one.window, b: other.window } : { a: other.window, b: one.window });
  }
  if (pairs.length === 0) return undefined;
  return { pairs, ...(left === undefined ? {} : { left: left.window }) };
}
