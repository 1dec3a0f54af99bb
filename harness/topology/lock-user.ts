import { fileURLToPath } from "node:url";
import type { AddressPlan } from "../network/addresses.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { postgresUrl } from "./postgres.ts";
import { programNode } from "./program-node.ts";
import { type RedisOptions, redisEnvironment } from "./redis.ts";

const port = 18100;
const program = fileURLToPath(new URL("../../system/actors/lock-user.ts", import.meta.url));

/** Names of the programs that use the service's lock: locker-1, locker-2, ... */
export const lockerNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `locker-${index + 1}`);

/** The ports that the load uses of them. */
export const lockerPorts: readonly number[] = [port];

/** A program that uses the service's lock, as `client` reaches it. */
export const lockerUrl = (plan: AddressPlan, client: string, name: string): string =>
  `http://${plan.link(client, name)}:${port}`;

/**
 * A program that takes locks with the service's own code and writes under them, when it is told to: a process of its
 * own, with its own links to Redis and PostgreSQL, so that a holder can be paused and cut off.
 */
export function lockerNode(
  name: string,
  { plan, redis, entry = program }: { plan: AddressPlan; redis: RedisOptions; entry?: string | undefined },
): NodeSpec {
  const host = plan.real(name);
  return programNode({
    ...{ name, host, port, entry },
    kind: "locker",
    env: {
      STT_INSTANCE: name,
      STT_HOST: host,
      STT_PORT: String(port),
      STT_DATABASE_URL: postgresUrl(plan, name),
      ...redisEnvironment(redis, name),
    },
  });
}
