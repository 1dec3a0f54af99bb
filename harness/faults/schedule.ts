import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { seededRandom } from "../util/random.ts";
import type { Condition } from "./conditions.ts";
import type { Fault } from "./fault.ts";

/** One occurrence of a fault, with its time: `at("10s", kill(...)).for("8s")`. */
export interface ScheduledFault {
  readonly fault: Fault;
  /** From the start of the steady phase to the injection; with a condition, until it is watched. */
  readonly atMs: number;
  /** From the injection to the heal. */
  readonly forMs: number;
  /** What must hold before it strikes, from `atMs` on. */
  readonly after?: Condition;
}

/** Faults that are drawn from the run's seed: the same seed, the same schedule. */
export interface DrawnFaults {
  /** For plans: `3 faults between 10 s and 60 s`. */
  readonly description: string;
  /** All that may be drawn. */
  readonly faults: readonly Fault[];
  draw(random: () => number): readonly ScheduledFault[];
}

/** What a scenario's list of faults is made of. */
export type FaultPlan = ScheduledFault | readonly ScheduledFault[] | DrawnFaults;

/** How long a fault lasts. */
interface Lasting<T> {
  for(duration: Duration): T;
}

/**
 * Says when a fault strikes, from the start of the steady phase; `.for(duration)` says how long it lasts.
 * @throws RangeError for something that is not a duration.
 */
export function at(time: Duration, fault: Fault): Lasting<ScheduledFault> {
  const atMs = milliseconds(time);
  return { for: (duration) => ({ fault, atMs, forMs: milliseconds(duration) }) };
}

/** A fault from one time to another, both from the start of the steady phase. @throws RangeError when it would end before it begins. */
export function during(from: Duration, to: Duration, fault: Fault): ScheduledFault {
  const atMs = milliseconds(from);
  return { fault, atMs, forMs: lengthOf(atMs, milliseconds(to)) };
}

/**
 * A fault that comes again and again: `every("10s", kill(any("stt"))).for("2s").during("10s", "60s")`. The last one
 * begins before the end.
 */
export function every(
  interval: Duration,
  fault: Fault,
): Lasting<{ during(from: Duration, to: Duration): readonly ScheduledFault[] }> {
  const everyMs = milliseconds(interval);
  if (everyMs === 0) throw new RangeError("every: the interval must be above 0");
  return {
    for: (duration) => ({
      during: (from, to) => {
        const fromMs = milliseconds(from);
        const count = Math.ceil(lengthOf(fromMs, milliseconds(to)) / everyMs);
        return Array.from({ length: count }, (_, index) => ({
          fault,
          atMs: fromMs + index * everyMs,
          forMs: milliseconds(duration),
        }));
      },
    }),
  };
}

/**
 * A fault that strikes as soon as something has happened: `after(healed(1), kill(leaderOf("t"))).for("5s")`.
 * A condition that does not come true in time makes the run inconclusive.
 */
export function after(condition: Condition, fault: Fault): Lasting<ScheduledFault> {
  return { for: (duration) => ({ fault, atMs: 0, forMs: milliseconds(duration), after: condition }) };
}

/** What {@link randomly} draws from. */
export interface RandomFaults {
  /** Each is drawn equally often. */
  readonly faults: readonly Fault[];
  readonly count: number;
  /** They begin in this stretch, from the start of the steady phase. */
  readonly between: readonly [Duration, Duration];
  /** The least and the greatest time a fault lasts. */
  readonly lasting: readonly [Duration, Duration];
}

/** Faults at random moments, of random length, in the order of their times. They may overlap. */
export function randomly({ faults, count, between, lasting }: RandomFaults): DrawnFaults {
  if (faults.length === 0) throw new RangeError("randomly: there are no faults to draw from");
  const [fromMs, toMs] = [milliseconds(between[0]), milliseconds(between[1])];
  const [shortestMs, longestMs] = [milliseconds(lasting[0]), milliseconds(lasting[1])];
  const spanMs = lengthOf(fromMs, toMs);
  const varianceMs = lengthOf(shortestMs, longestMs);
  const kinds = [...new Set(faults.map(({ kind }) => kind))].join(", ");
  return {
    description: `${count} drawn by the seed from ${kinds}, between ${formatDuration(fromMs)} and ${formatDuration(toMs)}, each for ${formatDuration(shortestMs)} to ${formatDuration(longestMs)}`,
    faults,
    draw: (random) =>
      Array.from({ length: count }, () => ({
        fault: pick(faults, random),
        atMs: Math.round(fromMs + random() * spanMs),
        forMs: Math.round(shortestMs + random() * varianceMs),
      })).sort((a, b) => a.atMs - b.atMs),
  };
}

/** One of at least one item. */
export function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("there is nothing to pick from");
  return item;
}

/** The occurrences of a scenario's faults in a run with this seed. */
export const occurrences = (plans: readonly FaultPlan[], seed: number): ScheduledFault[] =>
  plans.flatMap((plan, index) => ("draw" in plan ? plan.draw(seededRandom(seed + index)) : plan));

/** Every fault that may strike in a run. */
export const faultsOf = (plans: readonly FaultPlan[]): Fault[] =>
  plans.flatMap((plan) => ("draw" in plan ? plan.faults : [plan].flat().map(({ fault }) => fault)));

/** A schedule for people: `at 10 s for 8 s: kill leader of t[0]`. */
export function describePlan(plan: FaultPlan): string[] {
  if ("draw" in plan) return [plan.description];
  return [plan].flat().map(describeFault);
}

/** One occurrence for people. */
export function describeFault({ fault, atMs, forMs, after: condition }: ScheduledFault): string {
  const when = condition ? `after ${condition.description}` : `at ${atMs / 1000} s`;
  return `${when} for ${forMs / 1000} s: ${fault.kind} ${fault.target.description}`;
}

function lengthOf(fromMs: number, toMs: number): number {
  if (toMs < fromMs) throw new RangeError(`${formatDuration(toMs)} is before ${formatDuration(fromMs)}`);
  return toMs - fromMs;
}
