import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { AddressPlan } from "../network/addresses.ts";
import { type Link, link } from "../network/link.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { hostPort } from "../util/host-port.ts";

/** `none`: no Redis. `single`: one server. `sentinel`: a primary, two replicas, three sentinels. */
export type RedisLayout = "none" | "single" | "sentinel";

/**
 * Redis servers tell each other, and sentinels tell clients, the *announced* addresses. Those are of the cluster-side
 * ingress, a pseudo-source of its own; a client maps them to its own links (ioredis: natMap).
 */
export interface RedisOptions {
  readonly plan: AddressPlan;
  readonly layout: RedisLayout;
  readonly clients: readonly string[];
}

/** The name the sentinels know the primary by. */
export const redisMaster = "stt";

const redisPort = 16379;
const sentinelPort = 26379;
/** The pseudo-source of the cluster-side ingress. */
export const clusterSide = "redis-cluster";

const downAfterMs = 1_000;

const names: Readonly<Record<RedisLayout, { servers: readonly string[]; sentinels: readonly string[] }>> = {
  none: { servers: [], sentinels: [] },
  single: { servers: ["redis-1"], sentinels: [] },
  sentinel: {
    servers: ["redis-1", "redis-2", "redis-3"],
    sentinels: ["sentinel-1", "sentinel-2", "sentinel-3"],
  },
};

/** The nodes of a layout. */
export const redisMembers = (layout: RedisLayout): { name: string; kind: string }[] => [
  ...names[layout].servers.map((name) => ({ name, kind: "redis" })),
  ...names[layout].sentinels.map((name) => ({ name, kind: "sentinel" })),
];

const portOf = (name: string): number => (name.startsWith("sentinel") ? sentinelPort : redisPort);

/** Where servers and sentinels are, and what they announce to each other. */
export const redisAddresses = ({ plan, layout }: RedisOptions) =>
  redisMembers(layout).map(({ name, kind }) => ({
    ...{ name, kind },
    address: `${plan.real(name)}:${portOf(name)}`,
    announced: `${plan.link(layout === "single" ? name : clusterSide, name)}:${portOf(name)}`,
  }));

/** The links from every client, and from the cluster itself, to every server and sentinel. */
export function redisLinks({ plan, layout, clients }: RedisOptions): Link[] {
  const members = redisMembers(layout).map(({ name }) => name);
  const sources = layout === "single" ? clients : [clusterSide, ...clients];
  return members.flatMap((to) => sources.map((from) => link(plan, from, to, [portOf(to)])));
}

/** How a client reaches Redis. */
export type RedisView =
  | { readonly url: string }
  | {
      readonly sentinels: readonly string[];
      /** Announced host:port to the client's own. */
      readonly natMap: Readonly<Record<string, string>>;
    };

/** What a client has to know to reach Redis through its own links. */
export function redisView({ plan, layout }: RedisOptions, client: string): RedisView {
  const seen = (name: string) => `${plan.link(client, name)}:${portOf(name)}`;
  if (layout === "single") return { url: `redis://${seen("redis-1")}` };
  const announced = (name: string) => `${plan.link(clusterSide, name)}:${portOf(name)}`;
  return {
    sentinels: names[layout].sentinels.map(seen),
    natMap: Object.fromEntries(redisMembers(layout).map(({ name }) => [announced(name), seen(name)])),
  };
}

/** The same, as the environment of the service's programs. */
export function redisEnvironment(redis: RedisOptions, client: string): Record<string, string> {
  const view = redisView(redis, client);
  return "url" in view
    ? { STT_REDIS_URL: view.url }
    : {
        STT_REDIS_SENTINELS: view.sentinels.join(","),
        STT_REDIS_MASTER: redisMaster,
        STT_REDIS_NAT_MAP: JSON.stringify(view.natMap),
      };
}

/** Servers and sentinels, as nodes. */
export function redisNodes(options: RedisOptions, redis: Installed["redis"]): NodeSpec[] {
  const { plan, layout } = options;
  return redisMembers(layout).map(({ name, kind }) => {
    const address = `${plan.real(name)}:${portOf(name)}`;
    return {
      name,
      kind,
      address,
      command: redis.server,
      args: kind === "sentinel" ? ["redis.conf", "--sentinel"] : ["redis.conf"],
      prepare: (folder) =>
        writeFile(
          join(folder, "redis.conf"),
          kind === "sentinel" ? sentinelConf(plan, name) : serverConf(options, name),
        ),
      ready: () => (kind === "sentinel" ? sentinelHasConverged(address) : serverIsReady(address)),
      readyWithin: "30s",
      stopSignal: "SIGTERM",
    };
  });
}

function serverConf({ plan, layout }: RedisOptions, name: string): string {
  const lines = [
    `bind ${plan.real(name)}`,
    `bind-source-addr ${plan.real(name)}`,
    `port ${redisPort}`,
    "protected-mode no",
    'save ""',
    "appendonly yes",
    "appendfsync everysec",
  ];
  if (layout === "sentinel") {
    lines.push(
      `replica-announce-ip ${plan.link(clusterSide, name)}`,
      `replica-announce-port ${redisPort}`,
      "repl-diskless-sync-delay 0",
      "repl-timeout 10",
      "repl-ping-replica-period 1",
    );
    if (name !== "redis-1") lines.push(`replicaof ${plan.link(clusterSide, "redis-1")} ${redisPort}`);
  }
  return `${lines.join("\n")}\n`;
}

function sentinelConf(plan: AddressPlan, name: string): string {
  return `${[
    `bind ${plan.real(name)}`,
    `bind-source-addr ${plan.real(name)}`,
    `port ${sentinelPort}`,
    "protected-mode no",
    `sentinel announce-ip ${plan.link(clusterSide, name)}`,
    `sentinel announce-port ${sentinelPort}`,
    `sentinel monitor ${redisMaster} ${plan.link(clusterSide, "redis-1")} ${redisPort} 2`,
    `sentinel down-after-milliseconds ${redisMaster} ${downAfterMs}`,
    `sentinel failover-timeout ${redisMaster} 6000`,
    `sentinel parallel-syncs ${redisMaster} 2`,
  ].join("\n")}\n`;
}

/** A primary is ready when it answers, a replica when it has synchronised with its primary. */
async function serverIsReady(address: string): Promise<boolean> {
  return withClient(address, async (client) => {
    const replication = await client.info("replication");
    return !replication.includes("role:slave") || replication.includes("master_link_status:up");
  });
}

/** A sentinel is ready when it knows both replicas and both other sentinels, and holds the primary for alive. */
async function sentinelHasConverged(address: string): Promise<boolean> {
  return withClient(address, async (client) => {
    const reply = (await client.call("SENTINEL", "MASTER", redisMaster)) as string[];
    const field = (name: string) => reply[reply.indexOf(name) + 1];
    return field("num-slaves") === "2" && field("num-other-sentinels") === "2" && field("flags") === "master";
  });
}

/** A client of one server or sentinel, for as long as it is used. Nothing is retried. */
export async function withClient<T>(address: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({
    ...hostPort(address),
    lazyConnect: true,
    connectTimeout: 500,
    commandTimeout: 500,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on("error", () => {}); // the awaited call rejects with it
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}
