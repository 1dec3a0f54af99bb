import type { Link } from "../network/link.ts";
import type { Capability } from "../provision/capabilities.ts";
import type { NodePreparation } from "../runtime/preparation.ts";
import type { RunningTopology } from "../topology/topology.ts";
import type { Made } from "../util/call.ts";
import type { Duration } from "../util/duration.ts";

/** What a target is resolved with. */
export interface ResolveContext {
  readonly topology: RunningTopology;
  /** Numbers in [0, 1) of the run's seed, for targets that are drawn. */
  readonly random: () => number;
}

/** What a target is at this moment. */
export interface Resolved {
  /** Names of nodes. */
  readonly nodes: readonly string[];
  readonly links: readonly Link[];
}

/** What a fault acts on, resolved at injection: the leader of a partition is known only then. */
export interface Target extends Made {
  /** As people say it: `leader of stt-processing-topic[0]`. */
  readonly description: string;
  /** @throws Error when there is no such thing right now. */
  resolve(context: ResolveContext): Promise<Resolved>;
}

/** What a fault works with at run time. */
export interface FaultContext extends Resolved {
  /** The fault's id in this run; marks the damage it does. */
  readonly id: string;
  readonly topology: RunningTopology;
  /** Aborts when the run is being ended: a fault that acts over time stops acting. */
  readonly signal: AbortSignal;
}

/** A stronger way to heal, told in the report when it was needed. */
export interface Escalation {
  /** What is done, for people: `restart the proxies`. */
  readonly name: string;
  run(context: FaultContext): Promise<void>;
}

/** One kind of damage with its target. Probes return how they know, or throw while they do not (yet). */
export interface Fault extends Made {
  /** `kill`, `pause`, ... */
  readonly kind: string;
  readonly target: Target;
  /** What the machine must be able to do. Where it cannot, the fault is unsupported and the run inconclusive. */
  readonly needs?: readonly Capability[];
  /** What nodes must be started with, so that the fault can strike them later. */
  readonly prepares?: readonly NodePreparation[];
  /** How long injecting may take, where a minute is not enough. */
  readonly injectWithin?: Duration;
  inject(context: FaultContext): Promise<void>;
  /** How long the effect may take to be seen, where ten seconds are not enough. */
  readonly proveWithin?: Duration;
  /** Proves that the damage is there. */
  probe(context: FaultContext): Promise<string>;
  heal(context: FaultContext): Promise<void>;
  /** Proves that the damage is gone. */
  probeHealed(context: FaultContext): Promise<string>;
  /** Tried in order while healing fails or is not proven; without them, the nodes are restarted. */
  readonly escalations?: readonly Escalation[];
}
