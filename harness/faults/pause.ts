import { protocolOf } from "../network/protocols.ts";
import type { Node } from "../runtime/node.ts";
import { madeBy } from "../util/call.ts";
import type { Fault, Target } from "./fault.ts";
import { outcomeOf } from "./link-probes.ts";
import { onNodes, provenHealthyNodes, provenOnNodes } from "./on-nodes.ts";
import { release, strike } from "./struck.ts";

/** How long no answer is silence. */
const silentMs = 500;

/**
 * Stops a node's process and its children with SIGSTOP: a zombie. It keeps its sockets, the kernel accepts connections in its name, and it
 * answers nobody; when it goes on it knows nothing of the time that passed, like a process in a long garbage collection
 * or on a frozen machine. Healed by SIGCONT.
 */
export const pause = (target: Target): Fault => ({
  kind: "pause",
  target,
  ...madeBy("pause", target),
  inject: (context) => onNodes(context, (node) => strike(context, node, () => node.pause())),
  probe: (context) => provenOnNodes(context, provenPaused),
  heal: (context) => onNodes(context, (node) => release(context, node)),
  probeHealed: provenHealthyNodes,
});

async function provenPaused(node: Node): Promise<string> {
  if (node.state !== "paused") throw new Error(`${node.name} is ${node.state}`);
  const outcome = await outcomeOf({ address: node.address, protocol: protocolOf(node.kind) }, silentMs);
  if (outcome !== "silent") throw new Error(`${node.name}: ${outcome}, not silent`);
  return `${node.name}: its process is stopped (T), and ${node.address} gives no answer in ${silentMs} ms`;
}
