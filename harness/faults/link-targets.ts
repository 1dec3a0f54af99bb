import { harnessName, type Link } from "../network/link.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Made, madeBy } from "../util/call.ts";
import type { Target } from "./fault.ts";

/** Which of the links to a target are meant. */
export interface LinkFilter {
  /** The names of their sources: all but the harness by default, whose view of the system must stay. */
  readonly from?: readonly string[];
}

/** The link from one name to another. Either may be a source that is no node: `load`, `redis-cluster`. */
export const link = (from: string, to: string): Target =>
  linksTarget(
    `${from} -> ${to}`,
    async (topology) => ({
      nodes: [],
      links: [topology.network.link(from, to)],
    }),
    madeBy("link", from, to),
  );

/** The links to a target's nodes, from all that talk to them: `linksTo(leaderOf("orders"), { from: ["stt-1"] })`. */
export function linksTo(target: Target, filter: LinkFilter = {}): Target {
  const { from } = filter;
  const sources = from === undefined ? "" : ` from ${from.join(", ")}`;
  return linksTarget(
    `links to ${target.description}${sources}`,
    async (topology, context) => {
      const { nodes } = await target.resolve(context);
      const isMeant = (source: string) =>
        from === undefined ? source !== harnessName : from.includes(source);
      const links = topology.network.links.filter((one) => nodes.includes(one.to) && isMeant(one.from));
      return { nodes, links };
    },
    madeBy("linksTo", target, filter),
  );
}

/**
 * The links from a target's nodes to all that they talk to. Redis servers and sentinels have none of their own: they
 * reach each other over the links of `redis-cluster`.
 */
export function linksFrom(target: Target): Target {
  return linksTarget(
    `links from ${target.description}`,
    async (topology, context) => {
      const { nodes } = await target.resolve(context);
      return { nodes, links: topology.network.links.filter((one) => nodes.includes(one.from)) };
    },
    madeBy("linksFrom", target),
  );
}

/** The links between two names: both, where both talk to each other; else the one there is. */
export const between = (a: string, b: string): Target =>
  linksTarget(
    `between ${a} and ${b}`,
    async (topology) => ({
      nodes: [],
      links: topology.network.links.filter(
        (one) => (one.from === a && one.to === b) || (one.from === b && one.to === a),
      ),
    }),
    madeBy("between", a, b),
  );

/** A target of links that must not be empty: a fault on nothing would be a fault nobody made. */
function linksTarget(
  description: string,
  find: (
    topology: RunningTopology,
    context: Parameters<Target["resolve"]>[0],
  ) => Promise<{ nodes: readonly string[]; links: readonly Link[] }>,
  made: Made,
): Target {
  return {
    ...made,
    description,
    resolve: async (context) => {
      const { nodes, links } = await find(context.topology, context);
      if (links.length === 0) throw new Error(`${description}: there are no such links`);
      return { nodes, links };
    },
  };
}
