import type { Link } from "../network/link.ts";
import { type Damage, directionsOf, type Flow, type ToxicSpec } from "../network/network.ts";
import type { Made } from "../util/call.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { linkEscalations } from "./link-escalations.ts";
import { type Place, provenAnsweringAt, provenAtEach } from "./link-probes.ts";
import { struckBy } from "./struck.ts";

/** Which way a link fault acts. */
export interface FlowOption {
  /** `upstream`: what the link's source sends; `downstream`: what it gets back (default `both`). */
  readonly flow?: Flow;
}

/** What makes a link fault. */
export interface LinkFaultSpec extends Made {
  readonly kind: string;
  readonly target: Target;
  readonly damages: readonly Damage[];
  /** Proves the effect at one proxy of a link. */
  prove(place: Place): Promise<string>;
  /** Proves that the effect is gone; by default, that the node answers over the link. */
  proveHealed?(place: Place): Promise<string>;
}

/** A fault that is nothing but damage to links, measured at every link from where its source is. */
export function linkFault({
  damages,
  prove,
  proveHealed = provenAnsweringAt,
  ...made
}: LinkFaultSpec): Fault {
  return {
    ...made,
    inject: ({ id, topology, links }) => topology.network.damage(id, links, damages),
    probe: (context) => provenAtEach(context, prove),
    heal: ({ id, topology }) => topology.network.repair(id),
    probeHealed: (context) => provenHealedAtEach(context, proveHealed),
    escalations: linkEscalations,
  };
}

/** A link that another fault damages, or whose node it keeps down, cannot be proven healed; that is all that is said of it. */
async function provenHealedAtEach(
  { topology, links }: FaultContext,
  prove: (place: Place) => Promise<string>,
): Promise<string> {
  const others = (link: Link) => [...struckBy(topology.node(link.to)), ...topology.network.damagedBy(link)];
  const { struck = [], free = [] } = Object.groupBy(links, (link) =>
    others(link).length > 0 ? "struck" : "free",
  );
  const notes = struck.map(
    (link) => `${link.from} -> ${link.to} is still struck by ${[...new Set(others(link))].join(", ")}`,
  );
  return [...(free.length > 0 ? [await provenAtEach({ topology, links: free }, prove)] : []), ...notes].join(
    "; ",
  );
}

/** The same toxic in every direction of a flow. */
export const toxicsFor = (flow: Flow, toxic: Omit<ToxicSpec, "stream">): Damage[] =>
  directionsOf(flow).map((stream) => ({ type: "toxic", toxic: { ...toxic, stream } }));
