import type { Node } from "../runtime/node.ts";
import { brokerName } from "../topology/kafka.ts";
import { clusterSide } from "../topology/redis.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { struckBy } from "./struck.ts";

/**
 * Proves that a node does its whole work again. To answer is not enough where nodes depend on each other: a broker must be
 * back in the in-sync set of every partition it holds a replica of, a Redis server must be the primary or follow it; a
 * sentinel's own probe demands that it sees all others. Else the next fault would hit a cluster still in repair. A node
 * that another fault keeps down, or apart from its cluster, is left out.
 * @throws Error saying what is still missing.
 */
export async function provenHealthy(topology: RunningTopology, node: Node): Promise<string> {
  const others = new Set([...struckBy(node), ...partedBy(topology, node)]);
  if (others.size > 0) return `${node.name} is still struck by ${[...others].join(", ")}`;
  if (!(await node.isReady())) throw new Error(`${node.name} is not ready`);
  if (node.kind === "kafka") return provenInSync(topology, node);
  if (node.kind === "redis") return provenReplicating(topology, node);
  return `${node.name} answers its readiness probe`;
}

/** Ids of the faults that damage a node's links within its cluster: with the brokers, or the members of Redis. */
function partedBy({ network, nodes }: RunningTopology, { name, kind }: Node): string[] {
  const isPeer = (other: string) =>
    other === clusterSide ||
    (kind === "kafka" && nodes.some((node) => node.name === other && node.kind === "kafka"));
  const inCluster = network.links.filter(
    ({ from, to }) => (from === name && isPeer(to)) || (to === name && isPeer(from)),
  );
  return inCluster.flatMap((link) => network.damagedBy(link));
}

async function provenInSync({ kafka }: RunningTopology, { name }: Node): Promise<string> {
  const has = (brokers: readonly number[]) => brokers.some((number) => brokerName(number) === name);
  const held = (await kafka.partitions()).filter(({ replicas }) => has(replicas));
  const behind = held.filter(({ isr }) => !has(isr));
  if (behind.length > 0)
    throw new Error(`${name} is out of sync on ${behind.length} of ${held.length} partitions`);
  return `${name} is ready and in sync on all its ${held.length} partitions`;
}

/** After a failover the old primary comes back as one, until the sentinels tell it whom to follow. */
async function provenReplicating({ redis }: RunningTopology, { name }: Node): Promise<string> {
  const [primary, { follows, inSync }] = await Promise.all([redis.primary(), redis.replication(name)]);
  if (name === primary && follows === undefined) return `${name} is ready and the primary`;
  if (name === primary) throw new Error(`${name} is elected primary and still follows ${follows}`);
  if (follows !== primary)
    throw new Error(
      `${name} ${follows === undefined ? "holds itself for the primary" : `follows ${follows}`}, not ${primary}`,
    );
  if (!inSync) throw new Error(`${name} is not in sync with its primary ${primary}`);
  return `${name} is ready and in sync with its primary ${primary}`;
}
