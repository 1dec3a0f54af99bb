import type { Summary } from "./statistics.ts";
import type { Unit } from "./unit.ts";

/** What must hold, however a machine's baseline comes out. */
export interface Bound {
  /** What is measured. */
  readonly what: string;
  readonly unit: Unit;
  /** The series of ours: one value a round. */
  readonly ours: string;
  /** Less than this, in the unit. */
  readonly limit: number;
}

/** A bound with its numbers. */
export interface BoundResult extends Omit<Bound, "ours"> {
  readonly measured: Summary;
  /** How many times the median of the rounds fits into the bound. */
  readonly factor: number;
  /** The same of the greatest. */
  readonly worstFactor: number;
}

/** How much is to spare on a quiet machine, so that a busy one still holds the bound. */
export const wantedFactor = 10;

/** How far a series stays below its bound. */
export function judge({ what, unit, limit }: Bound, measured: Summary): BoundResult {
  return { what, unit, limit, measured, factor: limit / measured.median, worstFactor: limit / measured.max };
}
