import type { RunningTopology } from "../topology/topology.ts";

/** What a fault acts on, resolved at injection: the leader of a partition is known only then. */
export interface Target {
  /** As people say it: `leader of stt-processing-topic[0]`. */
  readonly description: string;
  /** Names of the nodes it is right now. */
  resolve(topology: RunningTopology): Promise<readonly string[]>;
}

/** What a fault works with at run time. */
export interface FaultContext {
  readonly topology: RunningTopology;
  /** The resolved target. */
  readonly nodes: readonly string[];
}

/** One kind of damage with its target. Probes return how they know, or throw while they do not (yet). */
export interface Fault {
  /** `kill`, `pause`, ... */
  readonly kind: string;
  readonly target: Target;
  inject(context: FaultContext): Promise<void>;
  /** Proves that the damage is there. */
  probe(context: FaultContext): Promise<string>;
  heal(context: FaultContext): Promise<void>;
  /** Proves that the damage is gone. */
  probeHealed(context: FaultContext): Promise<string>;
}
