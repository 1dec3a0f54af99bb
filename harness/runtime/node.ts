import type { Duration } from "../util/duration.ts";
import type { Usage } from "./proc.ts";
import type { NodeResources } from "./resources.ts";

/** How to make one node of a topology real, as a local process. */
export interface NodeSpec {
  readonly name: string;
  /** `kafka`, `redis`, `sentinel`, `postgres`, `daglo`, `toxiproxy`, `stt`: groups nodes in the report. */
  readonly kind: string;
  /** host:port of the node itself, behind its proxies. */
  readonly address: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user and group, for a program that refuses to run as root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Writes configuration and data into the node's folder; called once, before the first start. */
  readonly prepare: (folder: string) => Promise<void>;
  /** A real question to the node; true once it does its work. A throw counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  readonly readyWithin: Duration;
  /** What asks it to stop politely. */
  readonly stopSignal: NodeJS.Signals;
  /** Without it nothing else works: the run ends at once when it ends and nobody asked it to. */
  readonly vital?: boolean;
  /** Called when its process runs, while it becomes ready; the signal aborts when it does not. */
  readonly onSpawned?: (signal: AbortSignal) => Promise<void>;
  /** Called when it has ended because of `stop` or `kill`. */
  readonly onEnded?: () => Promise<void>;
}

export type NodeState = "stopped" | "running" | "paused";

/** A node that a runtime manages. All verbs resolve when the effect is there, not when it was asked for. */
export interface Node {
  readonly name: string;
  readonly kind: string;
  readonly address: string;
  readonly state: NodeState;
  /** Starts it and awaits its readiness. */
  start(): Promise<void>;
  /** Asks politely, and kills after a deadline. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its sockets and answers nothing. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** One try of its readiness probe. */
  isReady(): Promise<boolean>;
  /** Whether the operating system has it: what proves a kill. */
  isAlive(): boolean;
  /** Memory and CPU; undefined while it does not run. */
  usage(): Usage | undefined;
  /** Where it keeps its data. */
  readonly folder: string;
  /** The file its output goes to, over all its starts. */
  readonly logFile: string;
  /** Its process; undefined while it does not run. */
  readonly pid: number | undefined;
  /** How its last process ended, in words; undefined while it runs. */
  readonly lastExit: string | undefined;
  /** An exit nobody asked for and no fault expects, in words; undefined when there was none. */
  readonly unexpectedExit: string | undefined;
  /**
   * From now until {@link expectNoExit} an exit is no surprise: a fault may be the end of it.
   * @param id the fault's.
   */
  expectExit(id: string): void;
  expectNoExit(id: string): void;
  /** What it uses of the machine, and may be limited in. */
  readonly resources: NodeResources;
}
