/** Whether a recording may be finished with a given last chunk. */
export type FinishCheck =
  | { readonly complete: true }
  | {
      readonly complete: false;
      /** The first missing sequence numbers, at most {@link reportedLimit}. */
      readonly missing: readonly number[];
      readonly missingCount: number;
      /** Stored sequence numbers after the alleged last one, at most {@link reportedLimit}. */
      readonly beyond: readonly number[];
    };

/** How many sequence numbers an answer names: a client may claim a last chunk of a million. */
export const reportedLimit = 100;

/**
 * A recording is complete when every chunk 0..last is stored and none after it.
 * @param stored sequence numbers in rising order.
 */
export function checkFinish(last: number, stored: readonly number[]): FinishCheck {
  const within = stored.filter((seq) => seq <= last);
  const beyond = stored.filter((seq) => seq > last);
  const missingCount = last + 1 - within.length;
  if (missingCount === 0 && beyond.length === 0) return { complete: true };
  return {
    complete: false,
    missing: firstGaps(last, within),
    missingCount,
    beyond: beyond.slice(0, reportedLimit),
  };
}

function firstGaps(last: number, stored: readonly number[]): number[] {
  const gaps: number[] = [];
  let next = 0;
  for (const present of [...stored, last + 1]) {
    for (; next < present && gaps.length < reportedLimit; next++) gaps.push(next);
    next = present + 1;
  }
  return gaps;
}
