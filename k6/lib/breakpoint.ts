import { scenario } from "k6/execution";
import { Gauge } from "k6/metrics";
import type { Scenario } from "k6/options";
import { lengthOf, rateAt } from "./profiles.ts";
import { settings } from "./script.ts";
import { offeredRate } from "./summary.ts";

const offered = settings.profile === "breakpoint" ? new Gauge(offeredRate) : undefined;

/**
 * Notes how far a ramp to the breaking point has come; at the beginning of each iteration.
 * @param ramp as it was made: what k6 leaves of the exported options is of another shape.
 */
export function noteOfferedRate(ramp: Scenario): void {
  if (offered === undefined) return;
  const rate = rateAt(ramp, scenario.progress * lengthOf(ramp));
  if (rate !== undefined) offered.add(rate);
}
