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
  /** No run begins after it. */
  readonly budgetMs: number;
  readonly observer: (event: ShrinkEvent) => void;
  /** Aborting it ends with the smallest so far. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A failure made smaller. */
export interface Shrunk extends Candidate {
  readonly signature: string;
  /** Of the runs of this very candidate. */
  readonly failures: number;
  readonly runs: number;
  /** Of all candidates. */
  readonly allRuns: number;
  readonly endedBy: "nothing more can be left out" | "the budget is spent" | "interrupted";
}

/**
 * Makes a failing schedule smaller: fewer faults, then shorter ones, simpler times, a lower rate. A candidate fails when
 * the same thing is wrong in the share of its runs.
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
  if (!(await fails(step("as it was", from)))) return undefined;
  step("fewer faults", from);
  const schedule = await ddmin(from.schedule, (part) => fails({ ...from, schedule: part }));
  const fewer = { ...from, schedule };
  const shorter = await shorten(step("shorter faults", fewer), fails);
  const simpler = await simplifyTimes(step("simpler times", shorter), fails);
  const smallest = await slow(step("a lower rate", simpler), rate, fails);
  const { failures, runs } = await trial.confirm(smallest);
  return {
    ...smallest,
    signature,
    failures,
    runs,
    allRuns: trial.runs,
    endedBy: trial.over ?? "nothing more can be left out",
  };
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
    if (candidate.schedule.length === 0) return false;
    const known = this.#decided.get(keyOf(candidate));
    if (known !== undefined) return known.fails;
    if (this.over !== undefined) return false;
    const repeated = await repeatUntilDecided(() => this.#run(candidate), this.#options);
    if (this.over === "interrupted" && !repeated.fails) return false;
    this.#decided.set(keyOf(candidate), repeated);
    this.#options.observer({ type: "decided", candidate, repeated });
    return repeated.fails;
  }

  /** Repeats what was decided early until it has been repeated as often as was asked for. */
  async confirm(candidate: Candidate): Promise<Repeated> {
    const { failures = 0, runs = 0 } = this.#decided.get(keyOf(candidate)) ?? {};
    let sum = { failures, runs };
    while (sum.runs < this.#options.repeats && this.over === undefined) {
      const failed = await this.#run(candidate);
      if (failed === undefined) break;
      sum = { failures: sum.failures + (failed ? 1 : 0), runs: sum.runs + 1 };
    }
    return { fails: true, ...sum };
  }

  async #run(candidate: Candidate): Promise<boolean | undefined> {
    if (this.over !== undefined) return undefined;
    const number = ++this.#runs;
    const { signatures, folder } = await this.#runOnce(candidate);
    const failed = signatures?.includes(this.#signature);
    this.#options.observer({ type: "run", number, failed, folder });
    return failed;
  }
}
