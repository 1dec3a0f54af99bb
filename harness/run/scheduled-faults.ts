import { appendFileSync } from "node:fs";
import { executeFault, newFaultRecord } from "../faults/execute.ts";
import type { ScheduledFault } from "../faults/schedule.ts";
import { whyUnsupported } from "../faults/supported.ts";
import type { FaultRecord } from "../report/record.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { NodePreparation } from "../runtime/preparation.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { systemClock } from "../util/clock.ts";
import { seededRandom } from "../util/random.ts";
import { together } from "../util/together.ts";
import { TimeoutError, until } from "../util/until.ts";
import type { RunObserver } from "./run-event.ts";

/** How long the condition of a fault is waited for. */
const conditionWithin = "60s";

/** The steady phase of a scenario whose faults all wait for a condition. */
const steadyBeforeConditionsMs = 10_000;

const idOf = (index: number): string => `fault-${index + 1}`;

/** The schedule of a run, and what became of each fault. Every step is appended to `faults.jsonl` as it happens. */
export class ScheduledFaults {
  readonly #schedule: readonly ScheduledFault[];
  readonly #options: { seed: number; file: string; observer: RunObserver; signal: AbortSignal };
  readonly #records = new Map<string, FaultRecord>();
  readonly #unsupported = new Map<string, string>();

  /**
   * @param options.seed of the run; each fault draws its target from it and its own number.
   * @param options.file the run's `faults.jsonl`.
   */
  constructor(
    schedule: readonly ScheduledFault[],
    options: { seed: number; file: string; observer: RunObserver; signal: AbortSignal },
  ) {
    this.#schedule = schedule;
    this.#options = options;
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#schedule.length > 0;
  }

  /** From the start of the steady phase until the first one may strike. */
  get firstAtMs(): number {
    const timed = this.#schedule.filter(({ after }) => after === undefined).map(({ atMs }) => atMs);
    return timed.length > 0 ? Math.min(...timed) : steadyBeforeConditionsMs;
  }

  /** Those that were to strike so far. */
  get records(): FaultRecord[] {
    return [...this.#records.values()];
  }

  /** What this machine cannot do of the schedule, and why: `clock-skew: libfaketime: ...`. */
  get unsupported(): string[] {
    return [...new Set(this.#unsupported.values())];
  }

  /** What nodes must be started with. */
  get preparations(): NodePreparation[] {
    return this.#schedule
      .filter((_, index) => !this.#unsupported.has(idOf(index)))
      .flatMap(({ fault }) => fault.prepares ?? []);
  }

  /** Finds out what this machine can do. The rest will not strike, and its record says why. */
  async examine(): Promise<void> {
    for (const [index, scheduled] of this.#schedule.entries()) {
      const why = await whyUnsupported(scheduled.fault);
      if (why === undefined) continue;
      this.#unsupported.set(idOf(index), `${scheduled.fault.kind}: ${why}`);
      this.#note({ ...planned(index, scheduled), error: `unsupported here: ${why}` }, 0);
    }
  }

  /**
   * Executes all of it. Resolves when every fault has been healed.
   * @param now nanoseconds on the run's axis; `steadyStart` is on it.
   */
  async strike(
    topology: RunningTopology,
    ledger: Ledger,
    now: () => number,
    steadyStart: number,
  ): Promise<void> {
    const strikeOne = async (scheduled: ScheduledFault, index: number): Promise<void> => {
      if (this.#unsupported.has(idOf(index))) return;
      const plan = planned(index, scheduled);
      const { signal, seed } = this.#options;
      const dueInMs = scheduled.atMs - (now() - steadyStart) / 1e6;
      await systemClock.sleep(Math.max(0, dueInMs), signal);
      const waitedInVain = await this.#awaitCondition(topology, scheduled);
      if (waitedInVain !== undefined) {
        this.#note({ ...plan, error: waitedInVain }, now());
        return;
      }
      await executeFault(plan.id, scheduled, {
        ...{ topology, ledger, now, signal },
        random: seededRandom(seed + 1 + index), // the seed itself drew the schedule
        clock: systemClock,
        onProgress: (record) => this.#note({ ...plan, ...record }, now()),
      });
    };
    // All are awaited: when a run is being ended, some give up waiting while others are still healing.
    await together(this.#schedule.map(strikeOne));
  }

  /** Adds what was judged of the faults afterwards. */
  complete(judged: readonly FaultRecord[]): void {
    for (const record of judged) this.#records.set(record.id, record);
  }

  /** Waits for what a fault is to strike after. @returns why it never will. */
  async #awaitCondition(topology: RunningTopology, { after }: ScheduledFault): Promise<string | undefined> {
    if (!after) return undefined;
    const faults = () => this.#schedule.map((_, index) => this.#records.get(idOf(index)));
    try {
      await until(() => after.holds({ topology, faults: faults() }), after.description)
        .every("100ms")
        .unless(this.#options.signal)
        .atMost(conditionWithin);
      return undefined;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      return error.message;
    }
  }

  #note(record: FaultRecord, time: number): void {
    this.#records.set(record.id, record);
    appendFileSync(this.#options.file, `${JSON.stringify({ time, ...record })}\n`);
    this.#options.observer({ type: "fault", record });
  }
}

/** The record of a fault before anything has become of it. */
function planned(index: number, { fault, atMs, forMs, after }: ScheduledFault): FaultRecord {
  const condition = after === undefined ? {} : { after: after.description };
  return { ...newFaultRecord(idOf(index), fault), atMs, forMs, ...condition };
}
