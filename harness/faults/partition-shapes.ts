import type { RunningTopology } from "../topology/topology.ts";
import { UsageError } from "../util/errors.ts";
import type { Target } from "./fault.ts";
import type { Shape } from "./partition.ts";
import { bridged, minorityAndMajority, ringed, separate, towards } from "./partition-pairs.ts";

/** A minority, drawn, that does not hear the rest: the largest that is one. */
export const majorityMinority = (kind = "kafka"): Shape => ({
  kind: "majority-minority",
  description: kind,
  resolve: async ({ topology, random }) => {
    const { minority, majority } = minorityAndMajority(namesOf(topology, kind), random);
    return { pairs: separate([minority, majority]), cutOff: minority };
  },
});

/** Two halves that do not hear each other, while one node of their kind hears both. */
export const bridge = (middle: Target): Shape => ({
  kind: "bridge",
  description: `over ${middle.description}`,
  resolve: async (context) => {
    const node = context.topology.node(one(await middle.resolve(context), middle));
    return { pairs: bridged(namesOf(context.topology, node.kind), node.name), cutOff: [] };
  },
});

/** Each node hears only its two neighbours. At least four nodes. */
export const ring = (kind = "kafka"): Shape => ({
  kind: "ring",
  description: kind,
  resolve: async ({ topology }) => ({ pairs: ringed(namesOf(topology, kind)), cutOff: [] }),
});

/**
 * What nodes open to others gets no answer, while what those open to them does. Connections, not packets: what
 * flows on a connection flows both ways or not at all.
 */
export const oneWay = (from: Target, to: Target): Shape => ({
  kind: "one-way",
  description: `${from.description} to ${to.description}`,
  resolve: async (context) => {
    const [sources, ends] = [await from.resolve(context), await to.resolve(context)];
    return { pairs: towards(sources.nodes, ends.nodes), cutOff: [] };
  },
});

/** Sites that lost the line between them: `bySite({ a: ["stt-1", "redis-1"], b: ["stt-2", "redis-2"] })`. */
export const bySite = (sites: Readonly<Record<string, readonly string[]>>): Shape => {
  const names = Object.values(sites).flat();
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`bySite: ${twice} is in two sites, or twice in one`);
  return {
    kind: "by-site",
    description: Object.entries(sites)
      .map(([site, members]) => `${site} (${members.join(", ")})`)
      .join(" from "),
    resolve: async ({ topology }) => {
      for (const name of names) topology.node(name); // throws for one that is not there
      return { pairs: separate(Object.values(sites)), cutOff: [] };
    },
  };
};

const namesOf = (topology: RunningTopology, kind: string): string[] =>
  topology.nodes.filter((node) => node.kind === kind).map(({ name }) => name);

function one({ nodes: [name, ...others] }: { readonly nodes: readonly string[] }, target: Target): string {
  if (name === undefined || others.length > 0)
    throw new UsageError(`${target.description} is ${others.length + 1} nodes; one is needed`);
  return name;
}
