import type { Network } from "../network/network.ts";
import type { NetworkKind } from "../network/private-network.ts";
import type { ComponentName } from "../provision/manifest.ts";
import type { Installed } from "../provision/provision.ts";
import type { Node } from "../runtime/node.ts";
import type { ProcessRuntime } from "../runtime/runtime.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { RedisView } from "./redis.ts";
import type { RedisServers } from "./redis-servers.ts";

/** Nodes and links, declared; nothing runs yet. */
export interface Topology {
  /** For people: `3 kafka, redis sentinel, 2 stt`. */
  readonly name: string;
  /** Two topologies of the same key are the same: one that runs will do for the other, once it has been reset. */
  readonly key: string;
  /** What must be provisioned before it can start. */
  readonly components: readonly ComponentName[];
  /** What it will consist of, for `faultline plan`. */
  readonly nodes: readonly { readonly name: string; readonly kind: string }[];
  /** Starts all nodes and resolves when every one is ready. */
  start(context: TopologyContext): Promise<RunningTopology>;
}

export interface TopologyContext {
  readonly runtime: ProcessRuntime;
  readonly installed: Installed;
  /** How links are silenced (default `proxy`); `netns` is for a process in a private network. */
  readonly network?: NetworkKind;
  readonly signal: AbortSignal;
  /** Runs and times a step, for the progress and the run record. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** An instance of the service under test, as the load reaches it (through its proxy). */
export interface ServiceInstance {
  readonly name: string;
  readonly baseUrl: string;
}

/** How the load reaches what workloads drive besides the service: through its own links, which faults may cut. */
export interface LoadAccess {
  /** host:port of each broker; empty when there is no Kafka. */
  readonly kafka: readonly string[];
  readonly redis?: RedisView;
  readonly postgresUrl?: string;
}

/** The Prometheus of a topology. */
export interface PrometheusAccess {
  /** Its base URL. */
  readonly url: string;
  /** host:port where it looks for the metrics of the run: what the harness knows, and nobody else does. */
  readonly scrapesHarnessAt: string;
}

/** A topology whose nodes are all up. */
export interface RunningTopology extends AsyncDisposable {
  readonly nodes: readonly Node[];
  /** All links, and what does damage to them. */
  readonly network: Network;
  readonly kafka: KafkaCluster;
  readonly redis: RedisServers;
  readonly services: readonly ServiceInstance[];
  /** Programs that use the service's lock, as the load reaches them. */
  readonly lockers: readonly ServiceInstance[];
  /** Consumers of `kafkaLog` that are processes of their own, likewise. */
  readonly consumers: readonly ServiceInstance[];
  readonly load: LoadAccess;
  /** Signs the tokens that the services accept (HS256). */
  readonly jwtSecret: string;
  /** The HTTP upstream as the harness reaches it; empty when there is none. */
  readonly upstreamUrl: string;
  /** Where the services keep audio. */
  readonly audioFolder: string;
  /** Where the services write heap snapshots when told to; absent: they do not. */
  readonly diagnosticsFolder?: string;
  /** Absent when it has none. */
  readonly prometheus?: PrometheusAccess;
  /** Client-visible addresses by what they are, for `faultline up`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Puts all data back to what they were when its nodes were ready; absent when nobody knows how. */
  readonly reset?: TopologyReset;
  /** @throws UsageError for a node that is not in it. */
  node(name: string): Node;
}

/** The data of a running topology, seen from the moment when its nodes were ready and nothing had been done yet. */
export interface TopologyReset {
  /**
   * Empties everything that keeps data of what was done since. Nobody may use the topology meanwhile.
   * @throws Error saying what could not be emptied.
   */
  empty(): Promise<void>;
  /**
   * What is there that was not there at the start, one sentence each: `3 rows in transcriptions`. None: it is clean.
   * @throws Error for what does not answer.
   */
  leftovers(): Promise<readonly string[]>;
}
