import type { Link } from "../network/link.ts";
import type { Node } from "../runtime/node.ts";
import { clusterSide } from "../topology/redis.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { hostPort } from "../util/host-port.ts";
import type { Pair } from "./partition-pairs.ts";

/** What the links of pairs are found in. */
export interface Wired {
  readonly network: Pick<RunningTopology["network"], "links" | "kind">;
  readonly nodes: readonly Pick<Node, "name" | "kind" | "address">[];
}

/**
 * The links whose silence keeps pairs from hearing each other.
 *
 * The members of a Redis cluster reach a member through links they share, because Redis has one announced address for all
 * of them. A packet filter tells them apart by the address they connect from. Proxies cannot: there the members
 * that lose most of the others (the isolated one, the smaller side) are cut from all, and what these open
 * themselves to the others stays.
 */
export function linksOfPairs(topology: Wired, pairs: readonly Pair[]): Link[] {
  const { links, kind } = topology.network;
  const own = pairs.flatMap(({ from, to }) => links.filter((link) => link.from === from && link.to === to));
  const members = new Map(
    topology.nodes
      .filter((node) => node.kind === "redis" || node.kind === "sentinel")
      .map((node) => [node.name, node]),
  );
  const inCluster = pairs.filter(({ from, to }) => members.has(from) && members.has(to));
  const sharedTo = (name: string) => links.filter((link) => link.from === clusterSide && link.to === name);
  const shared =
    kind === "proxy"
      ? mostCut(inCluster).flatMap(sharedTo)
      : inCluster.flatMap(({ from, to }) => {
          const source = hostOf(members.get(from)?.address ?? "");
          return sharedTo(to).map((link) => ({ ...link, from, source }));
        });
  return [...new Set([...own, ...shared])];
}

/** Those whom most others cannot reach. */
function mostCut(pairs: readonly Pair[]): string[] {
  const lost = Map.groupBy(pairs, ({ to }) => to);
  const most = Math.max(0, ...[...lost.values()].map(({ length }) => length));
  return [...lost].filter(([, { length }]) => length === most).map(([to]) => to);
}

const hostOf = (address: string): string => hostPort(address).host;

/** What a proof has to say of links that stand for more than was asked; empty where there are none. */
export function sharedNote(links: readonly Link[]): string {
  const shared = links.filter(({ from }) => from === clusterSide).map(({ to }) => to);
  return shared.length === 0
    ? ""
    : `; ${shared.join(", ")} cut from all of Redis at once, because proxies cannot tell its members apart (--network netns can)`;
}
