import type { Node } from "../runtime/node.ts";
import type { FaultContext } from "./fault.ts";

/** The faults that keep a node from its work (down, or paused), by their ids. */
const strikers = new WeakMap<Node, Set<string>>();

/** Ids of the faults that keep a node from its work now. */
export const struckBy = (node: Node): string[] => [...(strikers.get(node) ?? [])];

/** Strikes a node until {@link release}: it stays as it is while any fault that struck it lasts. */
export async function strike({ id }: FaultContext, node: Node, act: () => Promise<void>): Promise<void> {
  strikers.set(node, new Set([...struckBy(node), id]));
  await act();
}

/** Ends a fault's hold on a node, and gets the node back to work if it was the last. Whatever ended it, it runs after. */
export async function release({ id }: FaultContext, node: Node): Promise<void> {
  strikers.get(node)?.delete(id);
  if (struckBy(node).length > 0) return;
  try {
    await node.resume();
    await node.start();
  } catch (error) {
    if (struckBy(node).length === 0) throw error; // else another fault struck it while it started
  }
}
