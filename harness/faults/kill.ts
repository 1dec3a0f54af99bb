import { madeBy } from "../util/call.ts";
import type { Fault, Target } from "./fault.ts";
import { provenGone } from "./gone.ts";
import { onNodes, provenHealthyNodes, provenOnNodes } from "./on-nodes.ts";
import { release, strike } from "./struck.ts";

/** Ends a node with SIGKILL: no goodbye, no flush. Healed by starting it again on the data it left. */
export const kill = (target: Target): Fault => ({
  kind: "kill",
  target,
  ...madeBy("kill", target),
  inject: (context) => onNodes(context, (node) => strike(context, node, () => node.kill())),
  probe: (context) => provenOnNodes(context, provenGone),
  heal: (context) => onNodes(context, (node) => release(context, node)),
  probeHealed: provenHealthyNodes,
});
