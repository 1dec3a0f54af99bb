import { exchange } from "../network/exchange.ts";
import { directionsOf, type Flow } from "../network/network.ts";
import type { Direction } from "../network/toxiproxy.ts";
import { madeBy } from "../util/call.ts";
import { UsageError } from "../util/errors.ts";
import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault, toxicsFor } from "./link-fault.ts";
import { type Place, questionsOf, shownMs } from "./link-probes.ts";

export interface BandwidthOptions extends FlowOption {
  /** Of each connection and direction; 1 kB is 1000 bytes. A whole number; for 0, use a blackhole. */
  readonly kilobytesPerSecond: number;
}

/** What is measured lasts about so long at the limit. */
const measuredMs = 500;

/** Limits how fast bytes pass links. Mechanism: the `bandwidth` toxic. */
export function bandwidth(target: Target, options: BandwidthOptions): Fault {
  const { kilobytesPerSecond: rate, flow = "both" } = options;
  if (!Number.isInteger(rate) || rate < 1) {
    throw new UsageError(`bandwidth: kilobytesPerSecond must be a whole number above 0, not ${rate}`);
  }
  const measureEach = async (place: Place, what: (seen: Measured, stream: Direction) => string) => {
    const seen: string[] = [];
    for (const stream of directionsOf(flow))
      seen.push(what(await measure(place, stream, rate, flow), stream));
    return `${place.name}: ${seen.join(", ")}`;
  };
  return linkFault({
    kind: "bandwidth",
    target,
    ...madeBy("bandwidth", target, options),
    damages: toxicsFor(flow, { type: "bandwidth", attributes: { rate } }),
    prove: (place) =>
      measureEach(place, ({ ms, pastMs, limitedMs, bytes }, stream) => {
        if (pastMs > limitedMs / 2) {
          throw new Error(
            `${place.name}: ${bytes} bytes take ${shownMs(pastMs)} past the link: too slow itself to tell ${rate} kB/s`,
          );
        }
        if (ms < limitedMs * 0.8) throw new Error(`${place.name}: ${Math.round(bytes / ms)} kB/s ${stream}`);
        return `${Math.round(bytes / ms)} kB/s ${stream}, past the link ${Math.round(bytes / pastMs)}`;
      }),
    proveHealed: (place) =>
      measureEach(place, ({ ms, limitedMs, bytes }, stream) => {
        if (ms > limitedMs / 2)
          throw new Error(`${place.name}: still ${Math.round(bytes / ms)} kB/s ${stream}`);
        return `${Math.round(bytes / ms)} kB/s ${stream}`;
      }),
  });
}

interface Measured {
  /** Moved in the direction. */
  readonly bytes: number;
  readonly ms: number;
  readonly pastMs: number;
  /** What it has to take at the limit, of whichever direction is limited. */
  readonly limitedMs: number;
}

async function measure(place: Place, stream: Direction, rate: number, flow: Flow): Promise<Measured> {
  const question = await questionsOf(place, stream, rate * measuredMs);
  const past = await exchange(place.direct, { ...question, deadlineMs: 4 * measuredMs });
  const bytesOf = (direction: Direction) => (direction === "upstream" ? past.sent : past.received);
  const limitedMs = Math.max(...directionsOf(flow).map((direction) => bytesOf(direction) / rate));
  const through = await exchange(place.through, { ...question, deadlineMs: 3 * limitedMs + 2_000 });
  return { bytes: bytesOf(stream), ms: through.ms, pastMs: past.ms, limitedMs };
}
