import { isFailure, rtoText, type SuiteRow } from "../report/suite-record.ts";
import type { ExpectedTime } from "../run/expected-time.ts";
import type { RunEvent } from "../run/run-event.ts";
import { familyOf, nameOf } from "../run/scenario-name.ts";
import type { SuiteEvent } from "../run/suite.ts";
import type { PlannedRun } from "../run/suite-select.ts";
import { formatDuration } from "../util/duration.ts";
import { describeProgress } from "./describe-fault.ts";

/** One run of a suite, as far as it has come. */
export interface RunProgress {
  readonly family: string;
  readonly name: string;
  readonly expectedMs: number;
  state: "to come" | "running" | "ended";
  /** When it began, on the caller's clock in ms. */
  startedAt?: number;
  /** The stage it is in, and what it does there: `fault`, `pause kafka-2: proven`. */
  stage: string;
  detail: string;
  row?: SuiteRow;
}

/** What is known of a suite that is running, for those who draw it. */
export class SuiteProgress {
  readonly runs: readonly RunProgress[];
  readonly #now: () => number;
  readonly #start: number;
  readonly #workers: number;

  /** @param now a clock in ms that never goes back. */
  constructor(
    runs: readonly PlannedRun[],
    expected: readonly ExpectedTime[],
    { workers, now }: { workers: number; now: () => number },
  ) {
    const repeated = new Set(runs.map(({ file }) => file)).size < runs.length;
    this.runs = runs.map(({ file, seed }, place) => ({
      family: familyOf(file),
      name: repeated ? `${nameOf(file)} (seed ${seed})` : nameOf(file),
      expectedMs: expected[place]?.ms ?? 0,
      state: "to come",
      stage: "",
      detail: "",
    }));
    this.#now = now;
    this.#start = now();
    this.#workers = workers;
  }

  /** Takes in what a suite tells. */
  take(event: SuiteEvent): void {
    if (event.type === "notice") return;
    const run = this.runs[event.place];
    if (run === undefined) return;
    if (event.type === "started") {
      run.state = "running";
      run.startedAt = this.#now();
    } else if (event.type === "ended") {
      run.state = "ended";
      run.row = event.row;
    } else {
      follow(run, event.event);
    }
  }

  get started(): number {
    return this.runs.filter(({ state }) => state !== "to come").length;
  }

  get ended(): number {
    return this.runs.filter(({ state }) => state === "ended").length;
  }

  get failures(): number {
    return this.runs.filter(({ row }) => row !== undefined && isFailure(row)).length;
  }

  /** How long a run has been going, in ms; 0 before it began. */
  runningMs({ startedAt }: RunProgress): number {
    return startedAt === undefined ? 0 : this.#now() - startedAt;
  }

  /** Since the suite began, in ms. */
  get elapsedMs(): number {
    return this.#now() - this.#start;
  }

  /**
   * What is left by the times that were expected, in ms. They are corrected by how long those took that have ended, since a
   * machine is slower or faster at everything alike.
   */
  get leftMs(): number {
    let [took, expected, left] = [0, 0, 0];
    for (const run of this.runs) {
      if (run.state !== "ended") left += Math.max(0, run.expectedMs - this.runningMs(run));
      else if (run.row?.durationMs !== undefined && run.expectedMs > 0) {
        took += run.row.durationMs;
        expected += run.expectedMs;
      }
    }
    const correction = expected > 0 ? took / expected : 1;
    return (left * correction) / this.#workers;
  }
}

function follow(run: RunProgress, event: RunEvent): void {
  if (event.type === "fault") run.detail = describeProgress(event.record);
  else if (event.type === "detail") run.detail = event.text === run.stage ? "" : event.text;
  else if (event.state === "started") [run.stage, run.detail] = [event.stage, ""];
}

/** The end of a run in a few words: `31.0 s, RTO 6.8 s`. */
export function describeEnd(row: SuiteRow): string {
  const time = row.durationMs === undefined ? [] : [formatDuration(row.durationMs)];
  const rto = row.rtoMs === undefined ? [] : [`RTO ${rtoText(row)}`];
  return [...time, ...rto].join(", ");
}
