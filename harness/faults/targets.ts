import type { ResolveContext, Target } from "./fault.ts";

/** A target of nodes only. */
export function nodesTarget(
  description: string,
  names: (context: ResolveContext) => Promise<readonly string[]>,
): Target {
  return { description, resolve: async (context) => ({ nodes: await names(context), links: [] }) };
}

/** The broker that leads a partition when the fault strikes. */
export const leaderOf = (topic: string, partition = 0): Target =>
  nodesTarget(`leader of ${topic}[${partition}]`, async ({ topology }) => [
    `kafka-${await topology.kafka.leaderOf(topic, partition)}`,
  ]);

/** A node by its name. */
export const node = (name: string): Target =>
  nodesTarget(name, async ({ topology }) => [topology.node(name).name]);
