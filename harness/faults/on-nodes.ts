import type { Node } from "../runtime/node.ts";
import { until } from "../util/until.ts";
import type { FaultContext } from "./fault.ts";
import { provenHealthy } from "./healthy.ts";
import { struckBy } from "./struck.ts";

/** The nodes that a fault strikes. */
export const nodesOf = ({ topology, nodes }: FaultContext): Node[] =>
  nodes.map((name) => topology.node(name));

/** Does something to every node that a fault strikes, at once. */
export async function onNodes(context: FaultContext, act: (node: Node) => Promise<void>): Promise<void> {
  await Promise.all(nodesOf(context).map(act));
}

/** Proves something of every node that a fault strikes. */
export async function provenOnNodes(
  context: FaultContext,
  prove: (node: Node) => Promise<string>,
): Promise<string> {
  return (await Promise.all(nodesOf(context).map(prove))).join("; ");
}

/** Proves that every node that a fault struck does its whole work again. From then on an exit is unexpected again. */
export const provenHealthyNodes = (context: FaultContext): Promise<string> =>
  provenOnNodes(context, async (node) => {
    const proof = await provenHealthy(context.topology, node);
    node.expectNoExit(context.id);
    return proof;
  });

/**
 * Gets a node back to work that a fault may have been the end of: waits until it is well or gone, and starts it then. A
 * node that another fault keeps from its work is left to that one.
 */
export async function revive({ signal }: FaultContext, node: Node): Promise<void> {
  const settled = async () => struckBy(node).length > 0 || !node.isAlive() || (await node.isReady());
  await until(settled, `${node.name} is well, or has ended`).every("100ms").unless(signal).atMost("20s");
  if (!node.isAlive() && struckBy(node).length === 0) await node.start();
}
