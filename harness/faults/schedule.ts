import { type Duration, milliseconds } from "../util/duration.ts";
import type { Fault } from "./fault.ts";

/** A fault with its time: `at("10s", kill(...)).for("8s")`. */
export interface ScheduledFault {
  readonly fault: Fault;
  /** From the start of the steady phase to the injection. */
  readonly atMs: number;
  /** From the injection to the heal. */
  readonly forMs: number;
}

/**
 * Says when a fault strikes, from the start of the steady phase; `.for(duration)` says how long it lasts.
 * @throws RangeError for something that is not a duration.
 */
export function at(time: Duration, fault: Fault): { for(duration: Duration): ScheduledFault } {
  const atMs = milliseconds(time);
  return { for: (duration) => ({ fault, atMs, forMs: milliseconds(duration) }) };
}

/** A schedule for people and for `run.json`: `at 10 s for 8 s: kill leader of t[0]`. */
export function describeFault({ fault, atMs, forMs }: ScheduledFault): string {
  return `at ${atMs / 1000} s for ${forMs / 1000} s: ${fault.kind} ${fault.target.description}`;
}
