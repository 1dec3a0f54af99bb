import { harnessName } from "../network/link.ts";
import type { Network } from "../network/network.ts";
import { clusterSide } from "../topology/redis.ts";
import { madeBy } from "../util/call.ts";
import type { Fault, Target } from "./fault.ts";
import { partition } from "./partition.ts";
import { type Pair, separate, towards } from "./partition-pairs.ts";

export interface IsolateOptions {
  /**
   * Whether the clients are on its side: those that connect to it, and that it connects to never, go on reaching it. An
   * isolated leader is then still written to (default false: it is alone).
   */
  readonly clients?: boolean;
}

/** Cuts nodes from all others, each for itself. */
export function isolate(target: Target, options: IsolateOptions = {}): Fault {
  const { clients = false } = options;
  const isolation = partition({
    kind: "isolate",
    description: clients ? `${target.description} with its clients` : target.description,
    resolve: async (context) => {
      const { nodes: cutOff } = await target.resolve(context);
      const { network, nodes } = context.topology;
      const names = nodes.map(({ name }) => name);
      return { cutOff, pairs: cutOff.flatMap((name) => isolationOf(name, names, network.links, clients)) };
    },
  });
  return { ...isolation, ...madeBy("isolate", target, options) };
}

/**
 * Who does not hear an isolated node, and whom it does not hear.
 * @param names all nodes.
 */
export function isolationOf(
  node: string,
  names: readonly string[],
  links: Network["links"],
  keepClients: boolean,
): Pair[] {
  const sources = links.filter(({ to }) => to === node).map(({ from }) => from);
  const others = [...new Set([...names, ...sources])].filter(
    (name) => ![node, harnessName, clusterSide].includes(name),
  );
  const isClient = (name: string) =>
    sources.includes(name) && !links.some(({ from, to }) => from === node && to === name);
  return others.flatMap((other) =>
    keepClients && isClient(other) ? towards([node], [other]) : separate([[node], [other]]),
  );
}
