import { Conversation, type Peer } from "../network/exchange.ts";
import { directionsOf } from "../network/network.ts";
import { madeBy } from "../util/call.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault, toxicsFor } from "./link-fault.ts";
import { answerMs, shownMs } from "./link-probes.ts";

export interface SlowCloseOptions extends FlowOption {
  /** How long the end of a connection takes to arrive, each way that the flow says; at least 50 ms. */
  readonly delay: Duration;
}

/** A longer delay is proven by waiting so long in vain. */
const longestMs = 3_000;

/** Delays the end of connections, so that both sides keep them longer. Mechanism: the `slow_close` toxic. */
export function slowClose(target: Target, options: SlowCloseOptions): Fault {
  const { flow = "both" } = options;
  const delayMs = milliseconds(options.delay);
  if (delayMs < 50)
    throw new UsageError("slowClose: a delay below 50 ms cannot be told from a busy machine's own");
  const least = Math.min(longestMs, directionsOf(flow).length * delayMs);
  return linkFault({
    kind: "slow-close",
    target,
    ...madeBy("slowClose", target, options),
    damages: toxicsFor(flow, { type: "slow_close", attributes: { delay: Math.round(delayMs) } }),
    prove: async ({ name, through, direct }) => {
      const past = await closing(direct, answerMs);
      if (past > least / 2) throw new Error(`${name}: past the link closing takes ${shownMs(past)} too`);
      const ms = await closing(through, least + answerMs);
      if (ms < least - 1) throw new Error(`${name}: closing takes only ${shownMs(ms)}`);
      return `${name}: closing takes ${shownMs(ms)}, past the link ${shownMs(past)}`;
    },
    proveHealed: async ({ name, through }) => {
      const ms = await closing(through, answerMs);
      if (ms > least / 2) throw new Error(`${name}: closing still takes ${shownMs(ms)}`);
      return `${name}: closing takes ${shownMs(ms)}`;
    },
  });
}

/** Milliseconds from when we end a connection that is in use until the other side has ended it. */
async function closing(peer: Peer, deadlineMs: number): Promise<number> {
  await using conversation = await Conversation.open(peer, answerMs);
  await conversation.ask({ deadlineMs: answerMs });
  return await conversation.close(deadlineMs);
}
