import { exchange, NoAnswerError } from "../network/exchange.ts";
import { directionsOf } from "../network/network.ts";
import type { Direction } from "../network/toxiproxy.ts";
import { madeBy } from "../util/call.ts";
import { UsageError } from "../util/errors.ts";
import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault, toxicsFor } from "./link-fault.ts";
import { answerMs, type Place, questionsOf } from "./link-probes.ts";

export interface LimitOptions extends FlowOption {
  /** After so many bytes of one direction, a connection is closed; at most 4 million, which can be proven. */
  readonly bytes: number;
}

const most = 4_000_000;
/** How long the bytes of a probe may take. */
const movingMs = 5_000;

/** Closes each connection after so many bytes. Mechanism: the `limit_data` toxic. */
export function limit(target: Target, options: LimitOptions): Fault {
  const { bytes, flow = "both" } = options;
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > most) {
    throw new UsageError(`limit: bytes must be 1 to ${most}, not ${bytes}`);
  }
  const inEach = async (place: Place, measure: (stream: Direction) => Promise<string>) => {
    const seen: string[] = [];
    for (const stream of directionsOf(flow)) seen.push(await measure(stream));
    return `${place.name}: ${seen.join(", ")}`;
  };
  return linkFault({
    kind: "limit",
    target,
    ...madeBy("limit", target, options),
    damages: toxicsFor(flow, { type: "limit_data", attributes: { bytes } }),
    prove: (place) => inEach(place, (stream) => provenClosed(place, stream, bytes)),
    proveHealed: (place) => inEach(place, (stream) => provenOpen(place, stream, bytes)),
  });
}

async function provenClosed(place: Place, stream: Direction, bytes: number): Promise<string> {
  const question = await questionsOf(place, stream, bytes + 1);
  await exchange(place.direct, { ...question, deadlineMs: movingMs }); // it is not the node that closes
  const { outcome, answer } = await exchange(place.through, {
    ...question,
    deadlineMs: answerMs + movingMs,
  }).then(
    (all) => ({ outcome: "answered", answer: all }),
    (error: unknown) => {
      if (error instanceof NoAnswerError) return error;
      throw error;
    },
  );
  const passed =
    stream === "downstream" ? answer.received : Math.floor((answer.sent * answer.answers) / question.count);
  if (outcome === "answered" || outcome === "silent" || outcome === "ECONNREFUSED" || passed > bytes) {
    throw new Error(`${place.name}: ${outcome} after ${passed} bytes ${stream}`);
  }
  return `closed (${outcome}) after ${passed} bytes ${stream}`;
}

async function provenOpen(place: Place, stream: Direction, bytes: number): Promise<string> {
  const question = await questionsOf(place, stream, bytes + 1);
  const { sent, received } = await exchange(place.through, { ...question, deadlineMs: answerMs + movingMs });
  return `${stream === "downstream" ? received : sent} bytes ${stream} pass`;
}
