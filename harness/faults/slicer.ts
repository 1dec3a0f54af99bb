import { exchange } from "../network/exchange.ts";
import { directionsOf } from "../network/network.ts";
import type { Direction } from "../network/toxiproxy.ts";
import { madeBy } from "../util/call.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault, toxicsFor } from "./link-fault.ts";
import { type Place, questionsOf, shownMs } from "./link-probes.ts";

export interface SlicerOptions extends FlowOption {
  /** Bytes of a piece. */
  readonly size: number;
  /** By how many bytes pieces differ, less than the size (default 0). */
  readonly variation?: number;
  /** Between two pieces, at least 1 ms (default 5 ms): without it they would be put together again on their way. */
  readonly delay?: Duration;
}

/** What is measured lasts at least about so long when it is sliced. */
const measuredMs = 300;

/** Lets data through in small pieces, with a pause between them. Mechanism: the `slicer` toxic. */
export function slicer(target: Target, options: SlicerOptions): Fault {
  const { size, variation = 0, flow = "both" } = options;
  const delayMs = milliseconds(options.delay ?? "5ms");
  if (!Number.isInteger(size) || size < 1)
    throw new UsageError(`slicer: size must be at least 1, not ${size}`);
  if (!Number.isInteger(variation) || variation < 0 || variation >= size) {
    throw new UsageError(`slicer: variation must be 0 or more and less than the size, not ${variation}`);
  }
  if (delayMs < 1) throw new UsageError("slicer: a delay below 1 ms cannot be told from none");

  const bytes = (size + variation) * (1 + Math.ceil(measuredMs / delayMs));
  const least = (measuredMs / delayMs) * delayMs;
  const measureEach = async (
    place: Place,
    what: (ms: number, pastMs: number, stream: Direction) => string,
  ) => {
    const seen: string[] = [];
    for (const stream of directionsOf(flow)) {
      const question = await questionsOf(place, stream, bytes);
      const past = await exchange(place.direct, { ...question, deadlineMs: 4 * measuredMs });
      // Every answer may come as a piece of its own, and pieces may be half as large as they may get.
      const pieces = 2 * (past.sent / size + past.received / size + question.count);
      const { ms } = await exchange(place.through, {
        ...question,
        deadlineMs: pieces * (delayMs + 2) + 2_000,
      });
      seen.push(what(ms, past.ms, stream));
    }
    return `${place.name}: ${seen.join(", ")}`;
  };
  return linkFault({
    kind: "slicer",
    target,
    ...madeBy("slicer", target, options),
    damages: toxicsFor(flow, {
      type: "slicer",
      attributes: { average_size: size, size_variation: variation, delay: Math.round(delayMs * 1_000) },
    }),
    prove: (place) =>
      measureEach(place, (ms, pastMs, stream) => {
        if (pastMs > least / 2) {
          throw new Error(
            `${place.name}: ${bytes} bytes take ${shownMs(pastMs)} past the link: too slow itself to tell`,
          );
        }
        if (ms < least) throw new Error(`${place.name}: ${bytes} bytes ${stream} take only ${shownMs(ms)}`);
        return `${bytes} bytes ${stream} take ${shownMs(ms)}, past the link ${shownMs(pastMs)}`;
      }),
    proveHealed: (place) =>
      measureEach(place, (ms, _pastMs, stream) => {
        if (ms > least / 2)
          throw new Error(`${place.name}: ${bytes} bytes ${stream} still take ${shownMs(ms)}`);
        return `${bytes} bytes ${stream} take ${shownMs(ms)}`;
      }),
  });
}
