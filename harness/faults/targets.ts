import { brokerName } from "../topology/kafka.ts";
import type { RunningTopology } from "../topology/topology.ts";
import type { ResolveContext, Target } from "./fault.ts";
import { pick } from "./schedule.ts";

/** A target of nodes only. */
export function nodesTarget(
  description: string,
  names: (context: ResolveContext) => Promise<readonly string[]>,
): Target {
  return { description, resolve: async (context) => ({ nodes: await names(context), links: [] }) };
}

/** A node by its name. */
export const node = (name: string): Target =>
  nodesTarget(name, async ({ topology }) => [topology.node(name).name]);

/** Every node of a kind: `all("kafka")`. */
export const all = (kind: string): Target =>
  nodesTarget(`all ${kind}`, async ({ topology }) => namesOf(topology, kind));

/** A node of a kind that runs when the fault strikes, drawn by the run's seed. */
export const any = (kind: string): Target =>
  nodesTarget(`any ${kind}`, async ({ topology, random }) => {
    const running = namesOf(topology, kind).filter((name) => topology.node(name).state === "running");
    if (running.length === 0) throw new Error(`no ${kind} runs`);
    return [pick(running, random)];
  });

/** One of several targets, drawn by the run's seed: `oneOf(controller(), redisPrimary())`. */
export const oneOf = (...targets: readonly Target[]): Target => ({
  description: `one of ${targets.map(({ description }) => description).join(", ")}`,
  resolve: (context) => pick(targets, context.random).resolve(context),
});

/** The nodes of a kind that another target is not: `others("kafka", leaderOf("orders"))`. */
export const others = (kind: string, target: Target): Target =>
  nodesTarget(`every ${kind} but ${target.description}`, async (context) => {
    const { nodes } = await target.resolve(context);
    return namesOf(context.topology, kind).filter((name) => !nodes.includes(name));
  });

/** The broker that leads a partition when the fault strikes. */
export const leaderOf = (topic: string, partition = 0): Target =>
  nodesTarget(`leader of ${topic}[${partition}]`, async ({ topology }) => [
    brokerName(await topology.kafka.leaderOf(topic, partition)),
  ]);

/** The broker that is the active controller of the cluster. */
export const controller = (): Target =>
  nodesTarget("the controller", async ({ topology }) => [brokerName(await topology.kafka.controller())]);

/** The Redis server that is the primary, by the sentinels where there are any. */
export const redisPrimary = (): Target =>
  nodesTarget("the Redis primary", async ({ topology }) => [await topology.redis.primary()]);

/** The instance that consumes a partition in a consumer group. Its client id must be the node's name. */
export const ownerOf = (group: string, topic: string, partition = 0): Target =>
  nodesTarget(`owner of ${topic}[${partition}] in ${group}`, async ({ topology }) => [
    topology.node(await topology.kafka.ownerOf(group, topic, partition)).name,
  ]);

/**
 * The node that holds a lock in Redis, whose value begins with the node's name and a slash.
 * @param pattern of the key, as Redis matches it: of several locks that are held, one is drawn by the run's seed.
 */
export const holderOf = (pattern: string): Target =>
  nodesTarget(`holder of ${pattern}`, async ({ topology, random }) => {
    const keys = (await topology.redis.keys(pattern)).sort();
    if (keys.length === 0) throw new Error(`nobody holds ${pattern}`);
    const key = pick(keys, random);
    const value = await topology.redis.get(key);
    if (value === null) throw new Error(`${key} was released in this moment`);
    return [topology.node(value.split("/")[0] ?? "").name];
  });

/** @throws Error when the topology has no such node. */
function namesOf(topology: RunningTopology, kind: string): string[] {
  const names = topology.nodes.filter((one) => one.kind === kind).map(({ name }) => name);
  if (names.length === 0) throw new Error(`the topology has no ${kind}`);
  return names;
}
