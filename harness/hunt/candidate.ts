import type { WrittenFault } from "../report/record.ts";

/** What is varied while a failure is made smaller. */
export interface Candidate {
  /** In the order of their times. */
  readonly schedule: readonly WrittenFault[];
  /** The workload's; absent: the scenario's own. */
  readonly rate?: number;
}

/** The same for the same candidate. */
export const keyOf = (candidate: Candidate): string => JSON.stringify(candidate);

/** Round numbers of seconds: how long faults last that people write. */
const roundMs = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 45, 60].map((seconds) => seconds * 1_000);

/** Whether a candidate still fails. */
export type Fails = (candidate: Candidate) => Promise<boolean>;

/** Every fault as short as it can be, in round numbers. */
export async function shorten(candidate: Candidate, fails: Fails): Promise<Candidate> {
  let current = candidate;
  for (const [index, fault] of candidate.schedule.entries()) {
    const shorter = roundMs.filter((ms) => ms < fault.forMs);
    current = await smallest(shorter, (forMs) => withFault(current, index, { forMs }), fails, current);
  }
  return current;
}

/**
 * Simpler times: the first fault at 4 s, or where it was if that is earlier, and all at whole seconds; else each at a
 * whole second by itself.
 */
export async function simplifyTimes(candidate: Candidate, fails: Fails): Promise<Candidate> {
  const [first] = candidate.schedule;
  if (first === undefined) return candidate;
  const earlierMs = Math.max(0, first.atMs - 4_000);
  const shifted = {
    ...candidate,
    schedule: candidate.schedule.map((fault) => ({ ...fault, atMs: wholeSeconds(fault.atMs - earlierMs) })),
  };
  if (keyOf(shifted) === keyOf(candidate) || (await fails(shifted))) return shifted;
  let current = candidate;
  for (const [index, { atMs }] of candidate.schedule.entries()) {
    const rounded = withFault(current, index, { atMs: wholeSeconds(atMs) });
    if (keyOf(rounded) !== keyOf(current) && (await fails(rounded))) current = rounded;
  }
  return current;
}

/** A lower rate, in round numbers. @param rate the present one; undefined when the workload has none. */
export async function slow(candidate: Candidate, rate: number | undefined, fails: Fails): Promise<Candidate> {
  if (rate === undefined) return candidate;
  const lower = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500].filter((one) => one < rate);
  return smallest(lower, (one) => ({ ...candidate, rate: one }), fails, candidate);
}

/** The candidate of the smallest of some ascending values that still fails, by bisection; else the one there is. */
async function smallest(
  values: readonly number[],
  make: (value: number) => Candidate,
  fails: Fails,
  otherwise: Candidate,
): Promise<Candidate> {
  let best = otherwise;
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const value = values[middle];
    if (value === undefined) break;
    const candidate = make(value);
    if (await fails(candidate)) [best, high] = [candidate, middle];
    else low = middle + 1;
  }
  return best;
}

const withFault = (candidate: Candidate, at: number, changes: Partial<WrittenFault>): Candidate => ({
  ...candidate,
  schedule: candidate.schedule.map((fault, index) => (index === at ? { ...fault, ...changes } : fault)),
});

const wholeSeconds = (ms: number): number => Math.round(ms / 1_000) * 1_000;
