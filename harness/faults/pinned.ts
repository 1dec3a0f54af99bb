import { madeBy } from "../util/call.ts";
import { UsageError } from "../util/errors.ts";
import type { Fault } from "./fault.ts";

/** What a fault is to strike, by name: a run record has it of every fault that struck. */
export interface Struck {
  readonly nodes: readonly string[];
  /** `["stt-1 -> kafka-2"]` */
  readonly links: readonly string[];
}

/** A fault that strikes what it is told to, whatever its target is by then. For runs that are repeated. */
export const pinned = (fault: Fault, { nodes, links }: Struck): Fault => ({
  ...fault,
  ...madeBy("pinned", fault, { nodes, links }),
  target: {
    description: `${fault.target.description}, pinned to ${(links.length > 0 ? links : nodes).join(", ")}`,
    resolve: async ({ topology }) => ({
      nodes: nodes.map((name) => topology.node(name).name),
      links: links.map((name) => topology.network.link(...endsOf(name))),
    }),
  },
});

function endsOf(link: string): [from: string, to: string] {
  const [from, to, ...more] = link.split(" -> ");
  if (from === undefined || to === undefined || more.length > 0)
    throw new UsageError(`${JSON.stringify(link)} is no link: write "stt-1 -> kafka-2"`);
  return [from, to];
}
