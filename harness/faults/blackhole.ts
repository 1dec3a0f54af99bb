import { madeBy } from "../util/call.ts";
import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault } from "./link-fault.ts";
import { provenSilentAt } from "./link-probes.ts";

/**
 * Silences links: nothing arrives, nothing is refused, nothing is lost. What was sent, the end of a connection included,
 * arrives after the heal. Mechanism: the proxies hold it; in a network of packets (`--network netns`) a filter drops
 * them, and TCP sends them again.
 */
export const blackhole = (target: Target, options: FlowOption = {}): Fault =>
  linkFault({
    kind: "blackhole",
    target,
    ...madeBy("blackhole", target, options),
    damages: [{ type: "silence", flow: options.flow ?? "both" }],
    prove: provenSilentAt,
  });
