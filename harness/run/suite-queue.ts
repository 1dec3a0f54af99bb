import type { PlannedRun } from "./suite-select.ts";

/** A planned run with its place in the suite's order. */
export interface QueuedRun extends PlannedRun {
  readonly place: number;
}

/**
 * Hands a suite's runs out to lanes, each of which keeps a topology from run to run: a lane gets what its topology can do,
 * then a topology that no other lane has, and only then takes part in another's work.
 */
export class SuiteQueue {
  readonly #waiting: QueuedRun[];
  /** The topology that each lane has. */
  readonly #keys = new Map<number, string>();

  constructor(runs: readonly PlannedRun[]) {
    this.#waiting = runs.map((run, place) => ({ ...run, place }));
  }

  /** What a lane is to run next; undefined when nothing is left. */
  next(lane: number): QueuedRun | undefined {
    const own = this.#keys.get(lane);
    const taken = new Set(this.#keys.values());
    const keyOf = ({ scenario }: QueuedRun) => scenario.topology.key;
    const run =
      this.#waiting.find((one) => keyOf(one) === own) ??
      this.#waiting.find((one) => !taken.has(keyOf(one))) ??
      this.#waiting[0];
    if (run === undefined) return undefined;
    this.#waiting.splice(this.#waiting.indexOf(run), 1);
    this.#keys.set(lane, keyOf(run));
    return run;
  }
}
