import type { CatalogueEntry } from "../faults/catalogue.ts";
import type { Fault } from "../faults/fault.ts";
import { pick, type ScheduledFault } from "../faults/schedule.ts";

/**
 * How often a family is drawn, against the others. Resources and clocks need nodes that are started for them, so that
 * the topology cannot be kept from run to run.
 */
const weights: Readonly<Record<CatalogueEntry["family"], number>> = {
  node: 3,
  link: 3,
  partition: 3,
  dependency: 2,
  resource: 1,
  clock: 1,
};

/** The first fault strikes when the service has been steady for so long. */
const firstAtMs = 4_000;
/** How long a fault lasts, and how long after the former one it strikes: shorter than that lasts, they overlap. */
const lastingMs = [2_000, 8_000] as const;
const gapMs = [0, 7_000] as const;
/** Times are whole multiples of it. */
const stepMs = 500;

/**
 * Draws a schedule of one to so many faults, which lasts 40 s at most with three. The same numbers, the same schedule.
 * @param random numbers in [0, 1).
 */
export function drawSchedule(
  entries: readonly CatalogueEntry[],
  random: () => number,
  { most }: { readonly most: number },
): ScheduledFault[] {
  const count = 1 + Math.floor(random() * most);
  const families = Object.entries(weights).flatMap(([family, weight]) => {
    const members = entries.filter((entry) => entry.family === family);
    return members.length === 0 ? [] : Array.from({ length: weight }, () => members);
  });
  const schedule: ScheduledFault[] = [];
  const taken = new Set<string>();
  let atMs = firstAtMs;
  while (schedule.length < count) {
    const { key, fault } = drawUntaken(families, random, taken);
    taken.add(key);
    schedule.push({ fault, atMs, forMs: steps(lastingMs, random) });
    atMs += steps(gapMs, random);
  }
  return schedule;
}

/** So often a fault is drawn again because of what is taken; a small topology may have nothing else. */
const redraws = 50;

/**
 * A fault that goes with those drawn before. A node that one fault keeps down or paused cannot be paused or restarted by
 * another: that would not be proven.
 */
function drawUntaken(
  families: readonly (readonly CatalogueEntry[])[],
  random: () => number,
  taken: ReadonlySet<string>,
): { key: string; fault: Fault } {
  for (let draws = 1; ; draws++) {
    const { family, kind, draw } = pick(pick(families, random), random);
    const fault = draw(random);
    const { description } = fault.target;
    const key = family === "node" ? description : `${kind} ${description}`;
    if (!taken.has(key) || draws > redraws) return { key, fault };
  }
}

/** A multiple of the step between two, both included. */
function steps([least, most]: readonly [number, number], random: () => number): number {
  return least + stepMs * Math.floor(random() * ((most - least) / stepMs + 1));
}
