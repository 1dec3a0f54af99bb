import type { RunningTopology } from "../topology/topology.ts";
import { madeBy } from "../util/call.ts";
import { UsageError } from "../util/errors.ts";
import type { Target } from "./fault.ts";
import type { Shape } from "./partition.ts";
import { bridged, minorityAndMajority, ringed, separate, towards } from "./partition-pairs.ts";

/** A minority, drawn, that does not hear the rest: the largest that is one. */
export const majorityMinority = (kind = "kafka"): Shape => ({
  kind: "majority-minority",
  ...madeBy("majorityMinority", kind === "kafka" ? undefined : kind),
  description: kind,
  resolve: async ({ topology, random }) => {
    const { minority, majority } = minorityAndMajority(namesOf(topology, kind), random);
    return { pairs: separate([minority, majority]), cutOff: minority };
  },
});

/** Two halves that do not hear each other, while one node of their kind hears both. */
export const bridge = (middle: Target): Shape => ({
  kind: "bridge",
  ...madeBy("bridge", middle),
  description: `over ${middle.description}`,
  resolve: async (context) => {
    const node = context.topology.node(one(await middle.resolve(context), middle));
    return { pairs: bridged(namesOf(context.topology, node.kind), node.name), cutOff: [] };
  },
});

/** Each node hears only its two neighbours. At least four nodes. */
export const ring = (kind = "kafka"): Shape => ({
  kind: "ring",
  ...madeBy("ring", kind === "kafka" ? undefined : kind),
  description: kind,
  resolve: async ({ topology }) => ({ pairs: ringed(namesOf(topology, kind)), cutOff: [] }),
});

/**
 * What nodes open to others gets no answer, while what those open to them does. Connections, not packets: what
 * flows on a connection flows both ways or not at all.
 */
export const oneWay = (from: Target, to: Target): Shape => ({
  kind: "one-way",
  ...madeBy("oneWay", from, to),
  description: `${from.description} to ${to.description}`,
  resolve: async (context) => {
    const [sources, ends] = [await from.resolve(context), await to.resolve(context)];
    return { pairs: towards(sources.nodes, ends.nodes), cutOff: [] };
  },
});

/**
 * Sites that lost the line between them. Members are names, or targets that are resolved when it strikes:
 * `bySite({ a: ["stt-1", redisPrimary()], b: ["stt-2", others("redis", redisPrimary())] })`.
 * @throws UsageError for a name in two sites; when it strikes, also for a node that several targets lead to.
 */
export const bySite = (sites: Readonly<Record<string, readonly (string | Target)[]>>): Shape => {
  const shown = (member: string | Target) => (typeof member === "string" ? member : member.description);
  assertApart(Object.values(sites).flatMap((members) => members.map(shown)));
  return {
    kind: "by-site",
    ...madeBy("bySite", sites),
    description: Object.entries(sites)
      .map(([site, members]) => `${site} (${members.map(shown).join(", ")})`)
      .join(" from "),
    resolve: async (context) => {
      const nodesOf = async (member: string | Target) =>
        typeof member === "string"
          ? [context.topology.node(member).name] // throws for one that is not there
          : (await member.resolve(context)).nodes;
      const groups = await Promise.all(
        Object.values(sites).map(async (members) => (await Promise.all(members.map(nodesOf))).flat()),
      );
      assertApart(groups.flat());
      return { pairs: separate(groups), cutOff: [] };
    },
  };
};

function assertApart(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`bySite: ${twice} is in two sites, or twice in one`);
}

const namesOf = (topology: RunningTopology, kind: string): string[] =>
  topology.nodes.filter((node) => node.kind === kind).map(({ name }) => name);

function one({ nodes: [name, ...others] }: { readonly nodes: readonly string[] }, target: Target): string {
  if (name === undefined || others.length > 0)
    throw new UsageError(`${target.description} is ${others.length + 1} nodes; one is needed`);
  return name;
}
