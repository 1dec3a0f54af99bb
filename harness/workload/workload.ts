import type { History } from "../history/recorder.ts";
import type { Clock } from "../util/clock.ts";

/** What drives the system and records every operation in the history. */
export interface Workload {
  readonly name: string;
  /** One sentence for plans and reports, with the rates. */
  readonly description: string;
  /**
   * Begins at once.
   * @throws UsageError when its own settings are wrong (before anything is sent).
   */
  start(context: WorkloadContext): RunningWorkload;
}

/** What a workload gets from the run. */
export interface WorkloadContext {
  readonly history: History;
  /** Instances of the service as the load generator reaches them. */
  readonly services: readonly Service[];
  /** HS256 secret that the service checks tokens with. */
  readonly jwtSecret: string;
  /** The service's audio store, for final reads. */
  readonly audioFolder: string;
  /** The upstream's base URL as the harness reaches it, past all faults, for its journal. */
  readonly upstreamUrl: string;
  readonly seed: number;
  readonly clock: Clock;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

export interface Service {
  readonly name: string;
  readonly baseUrl: string;
}

/** A workload under way. Disposing of it ends its users and closes its connections. */
export interface RunningWorkload extends AsyncDisposable {
  /** No new users; those under way go on. */
  stop(): void;
  /**
   * Stops, and waits until every user has ended, at most the workload's drain time; then ends the rest.
   * @throws the first unexpected error of a user: the workload itself is broken, and with it the evidence.
   */
  drained(): Promise<void>;
  /** Reads in the end, by fresh clients, what became of everything. To be called after `drained`. */
  finalReads(): Promise<void>;
  stats(): WorkloadStats;
}

/** Counts of users (each records one recording). */
export interface WorkloadStats {
  readonly started: number;
  /** Their conversion was acknowledged. */
  readonly accepted: number;
  /** They saw COMPLETED, or FAILED. */
  readonly completed: number;
  readonly failed: number;
  /** A start without an answer: a recording may exist that nobody knows. */
  readonly indeterminate: number;
  /** The service refused a request for good. */
  readonly refused: number;
  readonly active: number;
}
