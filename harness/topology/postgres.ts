import { chmod, chown, cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { AddressPlan } from "../network/addresses.ts";
import { type Link, link } from "../network/link.ts";
import { unprivilegedIds } from "../provision/platform.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";

const port = 15432;
const name = "postgres";

/** Links from every client to PostgreSQL. */
export const postgresLinks = (plan: AddressPlan, clients: readonly string[]): Link[] =>
  clients.map((client) => link(plan, client, name, [port]));

/** The connection URL as a client sees it. */
export const postgresUrl = (plan: AddressPlan, client: string): string =>
  `postgres://postgres@${plan.link(client, name)}:${port}/postgres`;

/** One PostgreSQL server, from a copy of an initialised data folder. */
export function postgresNode(plan: AddressPlan, postgres: Installed["postgres"]): NodeSpec {
  const user = unprivilegedIds();
  const settings = {
    listen_addresses: plan.real(name),
    port: String(port),
    unix_socket_directories: "",
    max_connections: "100",
    shared_buffers: "32MB",
    // In its folder: a killed server leaves what it has in /dev/shm.
    dynamic_shared_memory_type: "mmap",
    // Faults end processes, not the machine: what was written survives in the page cache.
    fsync: "off",
    log_line_prefix: "%m [%p] ",
  };
  return {
    name,
    kind: "postgres",
    address: `${plan.real(name)}:${port}`,
    command: join(postgres.bin, "postgres"),
    args: ["-D", "data", ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])],
    ...(user === undefined ? {} : { user }),
    prepare: async (folder) => {
      const data = join(folder, "data");
      await cp(postgres.dataTemplate, data, { recursive: true });
      if (user) await chownTree(data, user);
      await chmod(data, 0o700);
    },
    ready: () => answers(`postgres://postgres@${plan.real(name)}:${port}/postgres`),
    readyWithin: "30s",
    stopSignal: "SIGINT", // "fast": ends sessions, then shuts down cleanly
  };
}

async function chownTree(path: string, user: { uid: number; gid: number }): Promise<void> {
  await chown(path, user.uid, user.gid);
  const entries = await readdir(path, { recursive: true });
  await Promise.all(entries.map((entry) => chown(join(path, entry), user.uid, user.gid)));
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
  client.on("error", () => {}); // the awaited call rejects with it
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } finally {
    await client.end();
  }
}
