import { request } from "undici";
import type { AddressPlan } from "../network/addresses.ts";
import type { NodeSpec } from "../runtime/node.ts";

const kind = "exporter";
const redisPort = 18121;
const postgresPort = 18187;

/** The names of the exporters, as nodes. */
export const redisExporterName = "redis-exporter";
export const postgresExporterName = "postgres-exporter";

/** host:port of the exporter that is asked about any Redis server. */
export const redisExporterAddress = (plan: AddressPlan): string =>
  `${plan.real(redisExporterName)}:${redisPort}`;

/** host:port of PostgreSQL's exporter. */
export const postgresExporterAddress = (plan: AddressPlan): string =>
  `${plan.real(postgresExporterName)}:${postgresPort}`;

/** Asks the Redis server or sentinel that a scrape names (`/scrape?target=`), past all links: https://github.com/oliver006/redis_exporter */
export function redisExporterNode(plan: AddressPlan, program: string): NodeSpec {
  const address = redisExporterAddress(plan);
  return exporter(redisExporterName, address, program, {
    // Without a server of its own, and no longer than a scrape may take for one that is paused.
    args: ["-web.listen-address", address, "-redis.addr", "", "-connection-timeout", "800ms"],
  });
}

/**
 * What the pinned exporter is to leave out: its settings, and what PostgreSQL 17 moved elsewhere, of which it would log an error at each
 * scrape. Later exporters call the one stat_bgwriter (0.15) and do not know the other (0.20), and who does not know a flag does not start.
 */
const pinnedFlags = ["--disable-settings-metrics", "--no-collector.bgwriter"];

/**
 * Asks PostgreSQL, past all links: https://github.com/prometheus-community/postgres_exporter
 * @param options.pinned whether it is the version that the manifest has, whose flags are known.
 */
export function postgresExporterNode(
  plan: AddressPlan,
  program: string,
  postgres: string,
  { pinned }: { readonly pinned: boolean },
): NodeSpec {
  const address = postgresExporterAddress(plan);
  return exporter(postgresExporterName, address, program, {
    args: [...[`--web.listen-address=${address}`, "--log.level=error"], ...(pinned ? pinnedFlags : [])],
    env: { DATA_SOURCE_NAME: `postgresql://postgres@${postgres}/postgres?sslmode=disable&connect_timeout=1` },
  });
}

const exporter = (
  name: string,
  address: string,
  command: string,
  rest: { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> },
): NodeSpec => ({
  ...{ name, kind, address, command },
  ...rest,
  prepare: async () => {},
  ready: async () => {
    const response = await request(`http://${address}/`, { signal: AbortSignal.timeout(1_000) });
    await response.body.dump();
    return response.statusCode === 200;
  },
  readyWithin: "10s",
  stopSignal: "SIGTERM",
});
