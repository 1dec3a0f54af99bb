import { type Clock, systemClock } from "../util/clock.ts";
import { type Candidate, keyOf, shorten, simplifyTimes, slow } from "./candidate.ts";
import { ddmin } from "./ddmin.ts";
import { type Repeated, type Repeating, repeatUntilDecided } from "./repeat.ts";

/** What shrinking tells those who watch it. */
export type ShrinkEvent =
  | { readonly type: "step"; readonly step: string; readonly candidate: Candidate }
  | {
      readonly type: "run";
      readonly number: number;
      readonly failed: boolean | undefined;
      readonly folder: string;
    }
  | { readonly type: "decided"; readonly candidate: Candidate; readonly repeated: Repeated };

/** Runs a candidate once. @returns what was wrong; undefined when the run says nothing about the service. */
export type RunOnce = (
  candidate: Candidate,
) => Promise<{ readonly signatures: readonly string[] | undefined; readonly folder: string }>;

export interface ShrinkOptions extends Repeating {
  /** The search begins no run after it; what it has found is confirmed all the same. */
  readonly budgetMs: number;
  readonly observer: (event: ShrinkEvent) => void;
  /** Aborting it ends with the smallest so far. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A failure made smaller; with an empty schedule, one that needs no fault. */
export interface Shrunk extends Candidate {
  readonly signature: string;
  /** Of the runs that were made of this very candidate after it was chosen. */
  readonly failures: number;
  readonly runs: number;
  /** Of all candidates. */
  readonly allRuns: number;
  readonly endedBy: "nothing more can be left out" | "the budget is spent" | "interrupted";
}

/**
 * Makes a failing schedule smaller: fewer faults (none at all to begin with), then shorter ones, simpler times, a lower rate. A candidate
 * fails when the same thing is wrong in the share of its runs; the one that is chosen has to do so a second time.
 * @param rate of the workload, when it can be lowered.
 * @returns undefined when the schedule as it is does not fail in the share.
 */
export async function shrink(
  from: Candidate,
  { signature, rate }: { readonly signature: string; readonly rate?: number | undefined },
  runOnce: RunOnce,
  options: ShrinkOptions,
): Promise<Shrunk | undefined> {
  const trial = new Trial(signature, runOnce, options);
  const fails = (candidate: Candidate) => trial.fails(candidate);
  const step = (name: string, candidate: Candidate): Candidate => {
    options.observer({ type: "step", step: name, candidate });
    return candidate;
  };
  const smallestOf = async (): Promise<Candidate | undefined> => {
    if (!(await fails(step("as it was", from)))) return undefined;
    const calm = step("without any fault", { ...from, schedule: [] });
    if (await fails(calm)) return calm;
    step("fewer faults", from);
    const schedule = await ddmin(from.schedule, (part) => fails({ ...from, schedule: part }));
    const fewer = { ...from, schedule };
    const shorter = await shorten(step("shorter faults", fewer), fails);
    const simpler = await simplifyTimes(step("simpler times", shorter), fails);
    return slow(step("a lower rate", simpler), rate, fails);
  };
  // What turns out to have failed by luck is decided otherwise, and the search goes on from where that misled it.
  for (;;) {
    const smallest = await smallestOf();
    if (smallest === undefined) return undefined;
    const endedBy = trial.over ?? "nothing more can be left out";
    const { fails: confirmed, failures, runs } = await trial.confirm(step("once more", smallest));
    if (confirmed) return { ...smallest, signature, failures, runs, allRuns: trial.runs, endedBy };
  }
}

/** The runs of all candidates, each candidate decided once. */
class Trial {
  readonly #signature: string;
  readonly #runOnce: RunOnce;
  readonly #options: ShrinkOptions;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #decided = new Map<string, Repeated>();
  #runs = 0;

  constructor(signature: string, runOnce: RunOnce, options: ShrinkOptions) {
    this.#signature = signature;
    this.#runOnce = runOnce;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#start = this.#clock.now();
  }

  get runs(): number {
    return this.#runs;
  }

  /** Why no further run begins; undefined: one may. */
  get over(): "interrupted" | "the budget is spent" | undefined {
    if (this.#options.signal.aborted) return "interrupted";
    return this.#clock.now() - this.#start >= this.#options.budgetMs ? "the budget is spent" : undefined;
  }

  /** Whether a candidate fails in the share. When the budget is spent, none does: the smallest so far remains. */
  async fails(candidate: Candidate): Promise<boolean> {
    const known = this.#decided.get(keyOf(candidate));
    if (known !== undefined) return known.fails;
    if (this.over !== undefined) return false;
    const once = async () => (this.over === undefined ? this.#run(candidate) : undefined);
    const repeated = await repeatUntilDecided(once, this.#options);
    if (this.over === "interrupted" && !repeated.fails) return false;
    this.#decide(candidate, repeated);
    return repeated.fails;
  }

  /**
   * Runs what was chosen as often anew, and counts those runs only: of many candidates that fail now and then some do so by luck as often
   * as is asked for, and it is they that are chosen. Not bounded by the budget. One that does not hold is decided otherwise from now on.
   */
  async confirm(candidate: Candidate): Promise<Repeated> {
    const { signal, repeats } = this.#options;
    const once = async () => (signal.aborted ? undefined : this.#run(candidate));
    let repeated = await repeatUntilDecided(once, this.#options);
    while (repeated.fails && repeated.runs < repeats) {
      const failed = await once();
      if (failed === undefined) break;
      repeated = { ...repeated, failures: repeated.failures + (failed ? 1 : 0), runs: repeated.runs + 1 };
    }
    if (signal.aborted) return this.#decided.get(keyOf(candidate)) ?? repeated;
    if (!repeated.fails) this.#decide(candidate, repeated);
    return repeated;
  }

  #decide(candidate: Candidate, repeated: Repeated): void {
    this.#decided.set(keyOf(candidate), repeated);
    this.#options.observer({ type: "decided", candidate, repeated });
  }

  async #run(candidate: Candidate): Promise<boolean | undefined> {
    const number = ++this.#runs;
    const { signatures, folder } = await this.#runOnce(candidate);
    const failed = signatures?.includes(this.#signature);
    this.#options.observer({ type: "run", number, failed, folder });
    return failed;
  }
}
