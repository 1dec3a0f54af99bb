import type { History } from "../history/recorder.ts";
import type { ComponentName, Installed } from "../provision/provision.ts";
import type { Sample } from "../report/record.ts";
import type { LoadAccess } from "../topology/topology.ts";
import type { Made } from "../util/call.ts";
import type { Clock } from "../util/clock.ts";

/** What drives the system and records every operation in the history. */
export interface Workload<Stats extends WorkloadStats = WorkloadStats> extends Made {
  readonly name: string;
  /** One sentence for plans and reports, with the rates. */
  readonly description: string;
  /** Operations, or users, a second; for those that can be made anew at another rate. */
  readonly rate?: number;
  /** What must be provisioned for it, besides what the topology needs. */
  readonly components?: readonly ComponentName[];
  /** The same at another rate. */
  atRate?(rate: number): Workload<Stats>;
  /**
   * Begins at once.
   * @throws UsageError when its own settings are wrong (before anything is sent).
   */
  start(context: WorkloadContext): RunningWorkload<Stats>;
}

/** What a workload gets from the run. */
export interface WorkloadContext {
  readonly history: History;
  /** Instances of the service as the load generator reaches them. */
  readonly services: readonly Service[];
  /** Programs that use the service's lock, likewise. */
  readonly lockers: readonly Service[];
  /** Consumers that are processes of their own, likewise. */
  readonly consumers: readonly Service[];
  /** What workloads drive besides the service. */
  readonly load: LoadAccess;
  /** HS256 secret that the service checks tokens with. */
  readonly jwtSecret: string;
  /** The service's audio store, for final reads. */
  readonly audioFolder: string;
  /** The upstream's base URL as the harness reaches it, past all faults, for its journal. */
  readonly upstreamUrl: string;
  readonly installed: Partial<Installed>;
  /** The run's folder, for what a workload leaves beside the history. */
  readonly folder: string;
  readonly seed: number;
  readonly clock: Clock;
  /** Notes what a workload measures by itself, beside what is sampled of the nodes. */
  readonly sample: (sample: Sample) => void;
  /** Tells of a process that the workload has started, so that whoever cleans up after the run ends it. */
  readonly spawned: (name: string, pid: number) => void;
  /** Ends the run with this error: the workload cannot go on. */
  readonly broken: (error: unknown) => void;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

export interface Service {
  readonly name: string;
  readonly baseUrl: string;
}

/** A workload under way. Disposing of it ends its users and closes its connections. */
export interface RunningWorkload<Stats extends WorkloadStats = WorkloadStats> extends AsyncDisposable {
  /** No new users; those under way go on. */
  stop(): void;
  /**
   * Stops, and waits until every user has ended, at most the workload's drain time; then ends the rest.
   * @throws the first unexpected error of a user: the workload itself is broken, and with it the evidence.
   */
  drained(): Promise<void>;
  /** For one that ends by itself: resolves when it has nothing more to do. Without faults, the steady phase lasts until then. */
  finished?(): Promise<void>;
  /** Reads in the end, by fresh clients, what became of everything. To be called after `drained`. */
  finalReads(): Promise<void>;
  stats(): Stats;
}

/** Counts by name, for people. */
export type WorkloadStats = Readonly<Record<string, number>>;
