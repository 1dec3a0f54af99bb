import { examineCapability } from "../provision/capabilities.ts";
import type { Fault } from "./fault.ts";

/**
 * Why this machine cannot do a fault, and what helps; undefined when it can. Every capability is tried.
 */
export async function whyUnsupported({ needs = [] }: Pick<Fault, "needs">): Promise<string | undefined> {
  for (const need of needs) {
    const examined = await examineCapability(need);
    if (!examined.supported)
      return `${need}: ${examined.why}${examined.fix === "" ? "" : ` (fix: ${examined.fix})`}`;
  }
  return undefined;
}
