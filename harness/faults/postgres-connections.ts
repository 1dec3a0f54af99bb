import pg from "pg";
import { madeBy } from "../util/call.ts";
import { messageOf } from "../util/errors.ts";
import type { Fault, FaultContext } from "./fault.ts";
import { provenHealthyNodes } from "./on-nodes.ts";
import { node } from "./targets.ts";

/** SQLSTATE of "sorry, too many clients already": https://www.postgresql.org/docs/current/errcodes-appendix.html */
const tooManyConnections = "53300";

/** More than any server of a test bed allows. */
const atMost = 1_000;

/**
 * Takes all connections that PostgreSQL has, as a leak in some other program does. What others hold is ended first, since
 * pools would live on with what they have; whoever then connects is refused ("too many clients"). Healed by closing them.
 */
export function postgresOutOfConnections(): Fault {
  const held = new Map<string, pg.Client[]>();
  const heldBy = ({ id }: FaultContext): pg.Client[] => held.get(id) ?? [];
  return {
    kind: "out-of-connections",
    target: node("postgres"),
    ...madeBy("postgresOutOfConnections"),
    inject: async (context) => {
      const connections: pg.Client[] = [];
      held.set(context.id, connections);
      const url = urlOf(context);
      const first = await open(url);
      if (first === undefined) throw new Error("postgres is out of connections already");
      connections.push(first);
      do {
        for (;;) {
          const connection = connections.length < atMost ? await open(url) : undefined;
          if (!connection) break;
          connections.push(connection);
        }
      } while ((await endOthers(first, connections)) > 0);
    },
    probe: async (context) => {
      const extra = await open(urlOf(context));
      if (extra) {
        heldBy(context).push(extra); // somebody hung up meanwhile: now this one is taken as well
        throw new Error("postgres took one more connection");
      }
      return `postgres refuses connections (${tooManyConnections}): ${heldBy(context).length} are taken`;
    },
    heal: async (context) => {
      await Promise.allSettled(heldBy(context).map((connection) => connection.end()));
      held.delete(context.id);
    },
    probeHealed: provenHealthyNodes,
  };
}

const urlOf = ({ topology }: FaultContext): string => {
  const url = topology.endpoints.postgres;
  if (url === undefined) throw new Error("the topology has no postgres");
  return url;
};

/** A new connection; undefined when there are too many. @throws Error for any other reason. */
async function open(connectionString: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {}); // ended by the server: there is nothing to lose on it
  try {
    await client.connect();
    return client;
  } catch (error) {
    if ((error as { code?: string }).code === tooManyConnections) return undefined;
    throw new Error(`postgres refuses a connection, but not for want of one: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Ends the connections of everybody else. @returns how many there were. */
async function endOthers(asker: pg.Client, ours: readonly pg.Client[]): Promise<number> {
  const pids = await Promise.all(ours.map(processOf));
  const { rowCount } = await asker.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and not pid = any($1)",
    [pids],
  );
  return rowCount ?? 0;
}

async function processOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}
