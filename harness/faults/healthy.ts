import type { Node } from "../runtime/node.ts";
import type { RunningTopology } from "../topology/topology.ts";

/**
 * Proves that a node does its whole work again. For a broker it is not enough to answer: it must be back in the
 * in-sync set of every partition it holds a replica of, else the next fault would hit a cluster still in repair.
 * @throws Error saying what is still missing.
 */
export async function provenHealthy(topology: RunningTopology, node: Node): Promise<string> {
  if (!(await node.isReady())) throw new Error(`${node.name} is not ready`);
  if (node.kind !== "kafka") return `${node.name} answers its readiness probe`;

  const broker = Number(node.name.slice("kafka-".length));
  const held = (await topology.kafka.partitions()).filter(({ replicas }) => replicas.includes(broker));
  const behind = held.filter(({ isr }) => !isr.includes(broker));
  if (behind.length > 0) {
    throw new Error(`${node.name} is out of sync on ${behind.length} of ${held.length} partitions`);
  }
  return `${node.name} is ready and in sync on all its ${held.length} partitions`;
}
