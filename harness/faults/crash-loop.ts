import type { Node } from "../runtime/node.ts";
import { madeBy } from "../util/call.ts";
import { messageOf } from "../util/errors.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { nodesOf, onNodes, provenHealthyNodes } from "./on-nodes.ts";
import { release, strike, struckBy } from "./struck.ts";

/** Crashes that make a loop. */
const enough = 2;

/** The loops under way of one fault. */
interface Loop {
  readonly stop: AbortController;
  readonly crashes: Map<string, number>;
  readonly done: Promise<unknown>;
  failure?: string;
}

/**
 * Kills nodes whenever they have become ready, as a supervisor and a fatal bug do together, until it is healed. The
 * effect is proven when each has crashed twice; the count until then is in the proof.
 */
export function crashLoop(target: Target): Fault {
  const loops = new Map<string, Loop>();
  return {
    kind: "crash-loop",
    target,
    ...madeBy("crashLoop", target),
    inject: async (context) => {
      const stop = new AbortController();
      const crashes = new Map<string, number>();
      const signal = AbortSignal.any([stop.signal, context.signal]);
      const loop: Loop = {
        ...{ stop, crashes },
        done: Promise.all(
          nodesOf(context).map((node) =>
            strike(context, node, () => crashAgainAndAgain(node, crashes, signal)),
          ),
        ).catch((error: unknown) => {
          loop.failure = messageOf(error);
        }),
      };
      loops.set(context.id, loop);
    },
    proveWithin: "90s",
    probe: async ({ id, nodes }) => {
      const { crashes, failure } = loops.get(id) ?? {};
      if (failure !== undefined) throw new Error(failure);
      const counts = nodes.map((name) => ({ name, count: crashes?.get(name) ?? 0 }));
      const missing = counts.find(({ count }) => count < enough);
      if (missing) throw new Error(`${missing.name} has crashed ${missing.count} times so far`);
      return counts.map(({ name, count }) => `${name} has crashed ${count} times`).join("; ");
    },
    heal: async (context) => {
      await ended(loops, context);
      await onNodes(context, (node) => release(context, node));
    },
    probeHealed: provenHealthyNodes,
  };
}

async function crashAgainAndAgain(
  node: Node,
  crashes: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await node.kill();
    // Another fault wants it down, or paused: for that long there is nothing to crash.
    if (struckBy(node).length > 1) return;
    crashes.set(node.name, (crashes.get(node.name) ?? 0) + 1);
    if (!signal.aborted) await node.start();
  }
}

/** Ends a loop, and waits until nobody kills or starts a node any more. */
async function ended(loops: Map<string, Loop>, { id }: FaultContext): Promise<void> {
  const loop = loops.get(id);
  loop?.stop.abort();
  await loop?.done;
  loops.delete(id);
}
