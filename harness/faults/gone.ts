import { tryToConnect } from "../network/ports.ts";
import type { Node } from "../runtime/node.ts";

/** Proves that a node does not run: the operating system has no such process, and its port refuses. */
export async function provenGone(node: Node): Promise<string> {
  if (node.isAlive()) throw new Error(`${node.name} still runs`);
  const outcome = await tryToConnect(node.address);
  if (outcome !== "ECONNREFUSED")
    throw new Error(`${node.name}: connecting to ${node.address} gives ${outcome}`);
  return `${node.name}: its process is gone and ${node.address} refuses connections`;
}
