import type { Node } from "../runtime/node.ts";
import { madeBy } from "../util/call.ts";
import type { Fault, Target } from "./fault.ts";
import { provenGone } from "./gone.ts";
import { onNodes, provenHealthyNodes, provenOnNodes } from "./on-nodes.ts";
import { release, strike } from "./struck.ts";

/**
 * Asks a node to stop as its operator would, and kills it only when it does not. A service drains and a broker hands over
 * its leaderships, so that this tells apart what a crash costs from what a deployment costs. Healed by starting it again.
 */
export const stop = (target: Target): Fault => ({
  kind: "stop",
  target,
  ...madeBy("stop", target),
  inject: (context) => onNodes(context, (node) => strike(context, node, () => node.stop())),
  probe: (context) => provenOnNodes(context, provenStopped),
  heal: (context) => onNodes(context, (node) => release(context, node)),
  probeHealed: provenHealthyNodes,
});

/** A node that had to be killed has been crashed, which is another fault. */
async function provenStopped(node: Node): Promise<string> {
  const proof = await provenGone(node);
  if (node.lastExit === "was killed by SIGKILL")
    throw new Error(`${node.name} did not stop when asked, and was killed`);
  return `${proof}; it ${node.lastExit}`;
}
