import { brokerName } from "../topology/kafka.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Made, madeBy } from "../util/call.ts";
import type { ResolveContext, Target } from "./fault.ts";
import { pick } from "./schedule.ts";

/** A target of nodes only. */
export function nodesTarget(
  description: string,
  names: (context: ResolveContext) => Promise<readonly string[]>,
  made: Made = {},
): Target {
  return { ...made, description, resolve: async (context) => ({ nodes: await names(context), links: [] }) };
}

/** A node by its name. */
export const node = (name: string): Target =>
  nodesTarget(name, async ({ topology }) => [topology.node(name).name], madeBy("node", name));

/** Every node of a kind: `all("kafka")`. */
export const all = (kind: string): Target =>
  nodesTarget(`all ${kind}`, async ({ topology }) => namesOf(topology, kind), madeBy("all", kind));

/** A node of a kind that runs when the fault strikes, drawn by the run's seed. */
export const any = (kind: string): Target =>
  nodesTarget(
    `any ${kind}`,
    async ({ topology, random }) => {
      const running = namesOf(topology, kind).filter((name) => topology.node(name).state === "running");
      if (running.length === 0) throw new Error(`no ${kind} runs`);
      return [pick(running, random)];
    },
    madeBy("any", kind),
  );

/** One of several targets, drawn by the run's seed: `oneOf(controller(), redisPrimary())`. */
export const oneOf = (...targets: readonly Target[]): Target => ({
  ...madeBy("oneOf", ...targets),
  description: `one of ${targets.map(({ description }) => description).join(", ")}`,
  resolve: (context) => pick(targets, context.random).resolve(context),
});

/** The nodes of a kind that another target is not: `others("kafka", leaderOf("orders"))`. */
export const others = (kind: string, target: Target): Target =>
  nodesTarget(
    `every ${kind} but ${target.description}`,
    async (context) => {
      const { nodes } = await target.resolve(context);
      return namesOf(context.topology, kind).filter((name) => !nodes.includes(name));
    },
    madeBy("others", kind, target),
  );

/** The broker that leads a partition when the fault strikes. */
export const leaderOf = (topic: string, partition = 0): Target =>
  nodesTarget(
    `leader of ${topic}[${partition}]`,
    async ({ topology }) => [brokerName(await topology.kafka.leaderOf(topic, partition))],
    madeBy("leaderOf", topic, partition === 0 ? undefined : partition),
  );

/** The broker that is the active controller of the cluster. */
export const controller = (): Target =>
  nodesTarget(
    "the controller",
    async ({ topology }) => [brokerName(await topology.kafka.controller())],
    madeBy("controller"),
  );

/** The Redis server that is the primary, by the sentinels where there are any. */
export const redisPrimary = (): Target =>
  nodesTarget(
    "the Redis primary",
    async ({ topology }) => [await topology.redis.primary()],
    madeBy("redisPrimary"),
  );

/** The instance that consumes a partition in a consumer group. Its client id must be the node's name. */
export const ownerOf = (group: string, topic: string, partition = 0): Target =>
  nodesTarget(
    `owner of ${topic}[${partition}] in ${group}`,
    async ({ topology }) => [topology.node(await topology.kafka.ownerOf(group, topic, partition)).name],
    madeBy("ownerOf", group, topic, partition === 0 ? undefined : partition),
  );

/**
 * The node that holds a lock in Redis, whose value begins with the node's name and a slash.
 * @param pattern of the key, as Redis matches it: of several locks that are held, one is drawn by the run's seed.
 */
export const holderOf = (pattern: string): Target =>
  nodesTarget(
    `holder of ${pattern}`,
    async ({ topology, random }) => {
      const keys = (await topology.redis.keys(pattern)).sort();
      if (keys.length === 0) throw new Error(`nobody holds ${pattern}`);
      const key = pick(keys, random);
      const value = await topology.redis.get(key);
      if (value === null) throw new Error(`${key} was released in this moment`);
      return [topology.node(value.split("/")[0] ?? "").name];
    },
    madeBy("holderOf", pattern),
  );

/** @throws Error when the topology has no such node. */
function namesOf(topology: RunningTopology, kind: string): string[] {
  const names = topology.nodes.filter((one) => one.kind === kind).map(({ name }) => name);
  if (names.length === 0) throw new Error(`the topology has no ${kind}`);
  return names;
}
