import { madeBy } from "../util/call.ts";
import type { Fault, Target } from "./fault.ts";
import { linkFault } from "./link-fault.ts";
import { answerMs, outcomeOf } from "./link-probes.ts";

/**
 * Cuts links: connections under way are closed, new ones are refused, as by a firewall that rejects. Mechanism: the proxy
 * is disabled.
 */
export const cut = (target: Target): Fault =>
  linkFault({
    kind: "cut",
    target,
    ...madeBy("cut", target),
    damages: [{ type: "cut" }],
    prove: async ({ name, through }) => {
      const outcome = await outcomeOf(through, answerMs);
      if (outcome !== "ECONNREFUSED") throw new Error(`${name}: ${outcome}, not refused`);
      return `${name} refuses connections`;
    },
  });
