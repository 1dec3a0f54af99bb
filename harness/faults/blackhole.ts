import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault } from "./link-fault.ts";
import { provenSilentAt } from "./link-probes.ts";

/**
 * Silences links: nothing arrives, nothing is refused, nothing is lost. What was sent, the end of a connection included,
 * arrives after the heal. Mechanism: the proxies hold it; in a network of packets (`--network netns`) a filter drops
 * them, and TCP sends them again.
 */
export const blackhole = (target: Target, { flow = "both" }: FlowOption = {}): Fault =>
  linkFault({
    kind: "blackhole",
    target,
    damages: [{ type: "silence", flow }],
    prove: provenSilentAt,
  });
