import type { Target } from "./fault.ts";

/** The broker that leads a partition when the fault strikes. */
export function leaderOf(topic: string, partition = 0): Target {
  return {
    description: `leader of ${topic}[${partition}]`,
    resolve: async (topology) => [`kafka-${await topology.kafka.leaderOf(topic, partition)}`],
  };
}

/** A node by its name. */
export function node(name: string): Target {
  return {
    description: name,
    resolve: async (topology) => [topology.node(name).name],
  };
}
