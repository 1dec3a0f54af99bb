import { clusterSide } from "../topology/redis.ts";
import { type Made, madeBy } from "../util/call.ts";
import { blackhole } from "./blackhole.ts";
import type { Fault, FaultContext, ResolveContext, Target } from "./fault.ts";
import { provenHealthy } from "./healthy.ts";
import { linksOfPairs, sharedNote } from "./partition-links.ts";
import type { Pair } from "./partition-pairs.ts";

/** Who does not hear whom while a partition lasts. */
export interface Shape extends Made {
  /** The kind of the fault: `bridge`, `ring`, ... */
  readonly kind: string;
  /** For people, behind the kind: `kafka`, `over kafka-2`. */
  readonly description: string;
  /** @returns the pairs, and the nodes that are cut off: a minority, an isolated one; often none in particular. */
  resolve(
    context: ResolveContext,
  ): Promise<{ readonly pairs: readonly Pair[]; readonly cutOff: readonly string[] }>;
}

/**
 * Parts nodes from each other: the links between them fall silent, both ways, as when the network between two switches is
 * gone. Nothing refuses; what is sent hangs. Nodes that the shape does not name reach all sides, and the harness's own
 * links are never touched. It heals when the links answer again and every node does its whole work.
 */
export function partition(shape: Shape): Fault {
  const silence = blackhole(targetOf(shape));
  return {
    ...silence,
    kind: shape.kind,
    ...madeBy("partition", shape),
    probe: async (context) => `${await silence.probe(context)}${sharedNote(context.links)}`,
    probeHealed: async (context) => {
      const answering = await silence.probeHealed(context);
      const healthy = await Promise.all(
        nodesAtEnds(context).map((node) => provenHealthy(context.topology, node)),
      );
      return [answering, ...healthy].join("; ");
    },
  };
}

function targetOf(shape: Shape): Target {
  return {
    description: shape.description,
    resolve: async (context) => {
      const { pairs, cutOff } = await shape.resolve(context);
      const links = linksOfPairs(context.topology, pairs);
      if (links.length === 0) throw new Error(`${shape.description}: no links lie between these nodes`);
      return { nodes: cutOff, links };
    },
  };
}

/** The nodes that the links connect: behind a shared link to one member of Redis, all of them. */
function nodesAtEnds({ topology, links }: FaultContext) {
  const names = new Set(links.flatMap(({ from, to }) => [from, to]));
  const isMember = (kind: string) => kind === "redis" || kind === "sentinel";
  return topology.nodes.filter(
    ({ name, kind }) => names.has(name) || (names.has(clusterSide) && isMember(kind)),
  );
}
