import type { Node } from "../runtime/node.ts";
import { madeBy } from "../util/call.ts";
import { until } from "../util/until.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { provenHealthy } from "./healthy.ts";
import { nodesOf, onNodes, provenHealthyNodes, provenOnNodes } from "./on-nodes.ts";
import { release, struckBy } from "./struck.ts";

/** How many processes a node has had, told by their pids. */
class Restarts {
  readonly #pids = new Map<string, number | undefined>();

  note(node: Node): void {
    this.#pids.set(node.name, node.pid);
  }

  /** @throws Error while a node still has the process that was noted. */
  proven(node: Node): string {
    const before = this.#pids.get(node.name);
    if (node.pid === undefined || node.pid === before) throw new Error(`${node.name} has not been restarted`);
    return `${node.name} was stopped and runs anew (pid ${before} before, ${node.pid} now)`;
  }
}

/** Stops nodes as their operator would, all at once, and starts them again. There is nothing to heal but what that costs. */
export function restart(target: Target): Fault {
  const restarts = new Restarts();
  return {
    kind: "restart",
    target,
    ...madeBy("restart", target),
    inject: (context) => onNodes(context, (node) => restarted(node, restarts)),
    probe: (context) => provenOnNodes(context, async (node) => restarts.proven(node)),
    heal: (context) => onNodes(context, (node) => release(context, node)),
    probeHealed: provenHealthyNodes,
  };
}

/**
 * Restarts nodes one after another, as in a deployment: the next one only when the former does its whole work again. The
 * effect is proven when the last one has been restarted; a run that is ended meanwhile stops before the next node.
 */
export function rollingRestart(target: Target): Fault {
  const restarts = new Restarts();
  return {
    kind: "rolling-restart",
    target,
    ...madeBy("rollingRestart", target),
    injectWithin: "5m",
    inject: async (context) => {
      for (const node of nodesOf(context)) {
        context.signal.throwIfAborted();
        await restarted(node, restarts);
        await untilHealthy(context, node);
      }
    },
    probe: (context) => provenOnNodes(context, async (node) => restarts.proven(node)),
    heal: (context) => onNodes(context, (node) => release(context, node)),
    probeHealed: provenHealthyNodes,
  };
}

async function restarted(node: Node, restarts: Restarts): Promise<void> {
  const others = struckBy(node);
  if (others.length > 0)
    throw new Error(`${node.name} is struck by ${others.join(", ")} and cannot be restarted`);
  restarts.note(node);
  await node.stop();
  await node.start();
}

async function untilHealthy({ topology, signal }: FaultContext, node: Node): Promise<void> {
  await until(() => provenHealthy(topology, node), `${node.name} does its whole work again`)
    .every("100ms")
    .unless(signal)
    .atMost("60s");
}
