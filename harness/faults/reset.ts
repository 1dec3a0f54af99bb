import { abortConnections } from "../network/abort-connections.ts";
import { Conversation, NoAnswerError } from "../network/exchange.ts";
import { madeBy } from "../util/call.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { type FlowOption, linkFault, toxicsFor } from "./link-fault.ts";
import { answerMs, outcomeOf, type Place, provenAtEach } from "./link-probes.ts";

/**
 * Resets connections (TCP RST), those under way and each new one when something is sent over it.
 *
 * Mechanism: the `reset_peer` toxic. It resets only connections that were opened after it; one that was there is closed
 * in order at its next word (Toxiproxy 2.12, link.go: the linger is set when a connection starts). Where the machine
 * permits, those are therefore aborted in the kernel, which their clients see as a reset at once. Which of both it was
 * is in the proof.
 */
export function reset(target: Target, options: FlowOption = {}): Fault {
  /** A connection per place that is under way when the fault strikes, by the fault's id. */
  const underWay = new Map<string, Map<string, Conversation>>();
  const fault = linkFault({
    kind: "reset",
    target,
    ...madeBy("reset", target, options),
    damages: toxicsFor(options.flow ?? "both", { type: "reset_peer", attributes: { timeout: 0 } }),
    prove: async ({ name, through }) => {
      const outcome = await outcomeOf(through, answerMs);
      if (outcome !== "ECONNRESET") throw new Error(`${name}: ${outcome}, not reset`);
      return `${name}: a new connection is reset`;
    },
  });
  return {
    ...fault,
    inject: async (context) => {
      underWay.set(context.id, await openConnections(context));
      await fault.inject(context);
      await abortConnections(context.links.flatMap(({ proxies }) => proxies.map(({ listen }) => listen)));
    },
    probe: async (context) => {
      const fresh = await fault.probe(context);
      const old = underWay.get(context.id);
      const ends = await Promise.all([...(old ?? [])].map(([name, one]) => endOf(name, one)));
      return `${fresh}; those under way: ${[...new Set(ends)].join(", ")}`;
    },
    heal: async (context) => {
      for (const conversation of underWay.get(context.id)?.values() ?? []) {
        await conversation[Symbol.asyncDispose]();
      }
      underWay.delete(context.id);
      await fault.heal(context);
    },
  };
}

async function openConnections(context: FaultContext): Promise<Map<string, Conversation>> {
  const opened = new Map<string, Conversation>();
  await provenAtEach(context, async ({ name, through }: Place) => {
    const conversation = await Conversation.open(through, answerMs);
    opened.set(name, conversation);
    await conversation.ask({ deadlineMs: answerMs });
    return name;
  });
  return opened;
}

/** How a connection that was under way has ended, or ends at its next word. */
async function endOf(name: string, conversation: Conversation): Promise<string> {
  try {
    await conversation.ask({ deadlineMs: answerMs });
  } catch (error) {
    if (error instanceof NoAnswerError && error.outcome !== "silent") {
      return error.outcome === "closed" ? "closed at their next word" : "reset";
    }
    throw error;
  }
  throw new Error(`${name}: a connection that was under way still answers`);
}
