import { tryToConnect } from "../network/ports.ts";
import type { Node } from "../runtime/node.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { provenHealthy } from "./healthy.ts";

/** Ends a node with SIGKILL: no goodbye, no flush. Healed by starting it again on the data it left. */
export function kill(target: Target): Fault {
  const nodesOf = ({ topology, nodes }: FaultContext) => nodes.map((name) => topology.node(name));
  return {
    kind: "kill",
    target,
    inject: async (context) => {
      await Promise.all(nodesOf(context).map((node) => node.kill()));
    },
    probe: async (context) => (await Promise.all(nodesOf(context).map(provenDead))).join("; "),
    heal: async (context) => {
      await Promise.all(nodesOf(context).map((node) => node.start()));
    },
    probeHealed: async (context) =>
      (await Promise.all(nodesOf(context).map((node) => provenHealthy(context.topology, node)))).join("; "),
  };
}

async function provenDead(node: Node): Promise<string> {
  if (node.isAlive()) throw new Error(`${node.name} still runs`);
  const outcome = await tryToConnect(node.address);
  if (outcome !== "ECONNREFUSED")
    throw new Error(`${node.name}: connecting to ${node.address} gives ${outcome}`);
  return `${node.name}: its process is gone and ${node.address} refuses connections`;
}
