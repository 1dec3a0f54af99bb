import type { NetworkKind } from "../network/private-network.ts";
import type { RunRecord } from "../report/record.ts";
import { isFailure, type SuiteRecord, type SuiteRow } from "../report/suite-record.ts";
import { writeSuiteReport } from "../report/suite-report.ts";
import { systemClock } from "../util/clock.ts";
import { messageOf } from "../util/errors.ts";
import { LastRun } from "./last-run.ts";
import type { RunEvent } from "./run-event.ts";
import { createRunFolder } from "./run-folder.ts";
import { type RunResult, runScenario } from "./runner.ts";
import { familyOf, nameOf } from "./scenario-name.ts";
import { type QueuedRun, SuiteQueue } from "./suite-queue.ts";
import type { PlannedRun } from "./suite-select.ts";
import { TopologyPool } from "./topology-pool.ts";

/** What a suite tells those who watch it. `place`: of the run in the suite's order, from 0. */
export type SuiteEvent =
  | { readonly type: "started"; readonly place: number }
  | { readonly type: "progress"; readonly place: number; readonly event: RunEvent }
  | {
      readonly type: "ended";
      readonly place: number;
      readonly row: SuiteRow;
      /** Absent when the run left nothing. */
      readonly result?: RunResult;
    }
  /** Something about the suite itself went wrong, which is no reason to end it. */
  | { readonly type: "notice"; readonly text: string };

export type SuiteObserver = (event: SuiteEvent) => void;

export interface SuiteOptions {
  readonly reportsFolder: string;
  readonly seed: number;
  readonly network: NetworkKind;
  /** How many runs at a time, each with a topology of its own. */
  readonly workers: number;
  /** After so many failures no further run is started. */
  readonly maxFailures?: number;
  /** Runs the suite again; for the report. */
  readonly command: string;
  readonly observer: SuiteObserver;
  /** Aborting it heals and ends what runs; what has not run stays so. */
  readonly signal: AbortSignal;
  /** Another way to run a scenario, for tests. */
  readonly run?: typeof runScenario;
}

/** A finished suite. */
export interface SuiteResult {
  readonly record: SuiteRecord;
  /** Those of the runs that left something, in the order of their ends. */
  readonly results: readonly RunResult[];
  /** The page over all of them. */
  readonly index: string;
}

/**
 * Runs planned runs one after another, in as many lanes as there are workers, each with a pool that keeps its topology
 * from run to run. Whatever breaks a run is in its row; the suite goes on. The suite's report is written after every run.
 */
export async function runSuite(runs: readonly PlannedRun[], options: SuiteOptions): Promise<SuiteResult> {
  const suite = new Suite(runs, options);
  await Promise.all(Array.from({ length: options.workers }, (_, lane) => suite.work(lane)));
  return suite.finish();
}

class Suite {
  readonly #options: SuiteOptions;
  readonly #folder: { readonly id: string; readonly path: string };
  readonly #queue: SuiteQueue;
  readonly #lastRun: LastRun;
  readonly #startedAt = new Date();
  readonly #start = systemClock.now();
  readonly #rows: SuiteRow[];
  readonly #results: RunResult[] = [];
  readonly #records = new Map<string, RunRecord>();
  readonly #said = new Set<string>();

  constructor(runs: readonly PlannedRun[], options: SuiteOptions) {
    this.#options = options;
    this.#folder = createRunFolder(options.reportsFolder, "suite");
    this.#queue = new SuiteQueue(runs);
    this.#lastRun = new LastRun(
      options.reportsFolder,
      runs.map(({ file }) => file),
    );
    this.#rows = runs.map((run) => ({
      ...whichRun(run),
      outcome: "not run",
      reasons: [],
      replay: `./faultline run ${run.file} --seed ${run.seed}`,
    }));
  }

  /** Runs what the queue hands to this lane. */
  async work(lane: number): Promise<void> {
    await using pool = new TopologyPool({ signal: this.#options.signal });
    while (this.#endedBy() === undefined) {
      const run = this.#queue.next(lane);
      if (run === undefined) return;
      this.#tell({ type: "started", place: run.place });
      await this.#runOne(run, pool);
      await this.#report();
    }
  }

  async finish(): Promise<SuiteResult> {
    const index = await this.#report();
    return { record: this.#record(), results: this.#results, index };
  }

  async #runOne(run: QueuedRun, pool: TopologyPool): Promise<void> {
    const { reportsFolder, network, signal, run: execute = runScenario } = this.#options;
    const { place, seed } = run;
    const start = systemClock.now();
    let result: RunResult | undefined;
    let row: SuiteRow;
    try {
      const observer = (event: RunEvent) => this.#tell({ type: "progress", place, event });
      result = await execute(run, { reportsFolder, seed, network, pool, observer, signal });
      row = rowOf(run, result.record);
      this.#results.push(result);
      this.#records.set(result.record.id, result.record);
    } catch (error) {
      row = {
        ...this.#rowAt(place),
        outcome: "errored",
        reasons: [messageOf(error)],
        durationMs: Math.round(systemClock.now() - start),
      };
    }
    this.#rows[place] = row;
    if (!signal.aborted) this.#remember(row);
    this.#tell({ type: "ended", place, row, ...(result === undefined ? {} : { result }) });
  }

  #rowAt(place: number): SuiteRow {
    const row = this.#rows[place];
    if (row === undefined) throw new RangeError(`the suite has no run ${place}`);
    return row;
  }

  #remember(row: SuiteRow): void {
    try {
      this.#lastRun.note(row.file, isFailure(row));
    } catch (error) {
      this.#notice(`--last-failed will not know of this run: ${messageOf(error)}`);
    }
  }

  /** Why no further run is started; undefined while there is no reason. */
  #endedBy(): string | undefined {
    const { signal, maxFailures } = this.#options;
    if (signal.aborted) return "interrupted";
    const failures = this.#rows.filter(isFailure).length;
    return maxFailures !== undefined && failures >= maxFailures
      ? `${failures} did not pass (--max-failures ${maxFailures})`
      : undefined;
  }

  /** Writes the report of what there is; returns the path of its page. */
  async #report(): Promise<string> {
    const { index, problems } = await writeSuiteReport(this.#folder.path, this.#record(), this.#records);
    for (const problem of problems) this.#notice(problem);
    return index;
  }

  #record(): SuiteRecord {
    const { seed, network, workers, command } = this.#options;
    const endedBy = this.#rows.some(({ outcome }) => outcome === "not run") ? this.#endedBy() : undefined;
    return {
      formatVersion: 1,
      id: this.#folder.id,
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(systemClock.now() - this.#start),
      ...{ seed, network, workers, command },
      ...(endedBy === undefined ? {} : { endedBy }),
      rows: this.#rows,
    };
  }

  /** Says a thing once, however often it happens. */
  #notice(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#tell({ type: "notice", text });
  }

  /** Who watches must not be able to end what is watched. */
  #tell(event: SuiteEvent): void {
    try {
      this.#options.observer(event);
    } catch (error) {
      if (event.type !== "notice") this.#notice(`the progress cannot be shown: ${messageOf(error)}`);
    }
  }
}

const whichRun = ({ file, scenario, seed }: PlannedRun) => ({
  file,
  family: familyOf(file),
  name: nameOf(file),
  title: scenario.title,
  seed,
});

/** The row of a run that left a record. */
export function rowOf(run: PlannedRun, record: RunRecord): SuiteRow {
  const { id, verdict, reasons, durationMs, replay, unsupported } = record;
  const rtoMs = worstRto(record);
  return {
    ...whichRun(run),
    outcome: verdict,
    reasons,
    ...(verdict === "inconclusive" && unsupported.length > 0 ? { unsupported: true } : {}),
    ...(rtoMs === undefined ? {} : { rtoMs }),
    ...{ durationMs, run: id, replay },
  };
}

/** The longest recovery of a run in ms; null: one never came. Undefined: no fault struck. */
function worstRto({ faults }: RunRecord): number | null | undefined {
  const times = faults.flatMap(({ injectedAt, rtoMs }) => (injectedAt === undefined ? [] : [rtoMs ?? null]));
  if (times.length === 0) return undefined;
  return times.includes(null) ? null : Math.max(...times.map((time) => time ?? 0));
}
