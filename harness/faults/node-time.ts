import { createReadStream, statSync } from "node:fs";
import { text } from "node:stream/consumers";
import pg from "pg";
import { request } from "undici";
import type { Node } from "../runtime/node.ts";
import { signal } from "../runtime/proc.ts";
import { EnvironmentError } from "../util/errors.ts";
import { until } from "../util/until.ts";

/** How a node of each kind is asked for the time of day; milliseconds since 1970. */
const askers: Readonly<Record<string, (node: Node) => Promise<number>>> = {
  kafka: askJvm,
  daglo: askJvm,
  postgres: askPostgres,
  stt: askHttp,
  "daglo-real": askHttp,
};

/**
 * What time a node thinks it is, in milliseconds since 1970, to a second.
 * @throws EnvironmentError for a kind of node that has no way to say.
 */
export function timeOf(node: Node): Promise<number> {
  const ask = askers[node.kind];
  if (!ask)
    throw new EnvironmentError(`unsupported: a node of kind ${node.kind} cannot be asked for the time`);
  return ask(node);
}

/** A Java machine answers SIGQUIT with a list of its threads, in its log, below a line with the time (in UTC, as it was started). */
async function askJvm({ name, pid, logFile }: Node): Promise<number> {
  if (pid === undefined) throw new Error(`${name} does not run`);
  const from = statSync(logFile).size;
  signal(pid, "SIGQUIT");
  const answer = async () =>
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\nFull thread dump/m.exec(
      await text(createReadStream(logFile, { start: from })),
    );
  const [, date, time] = await until(answer, `${name} lists its threads`).every("20ms").atMost("2s");
  return Date.parse(`${date}T${time}Z`);
}

async function askPostgres({ address }: Node): Promise<number> {
  const client = new pg.Client({
    connectionString: `postgres://postgres@${address}/postgres`,
    connectionTimeoutMillis: 1_000,
  });
  client.on("error", () => {}); // the awaited call rejects with it
  try {
    await client.connect();
    const { rows } = await client.query<{ ms: string }>(
      "select extract(epoch from clock_timestamp()) * 1000 as ms",
    );
    return Number(rows[0]?.ms);
  } finally {
    await client.end();
  }
}

/** Any answer will do: the header Date is in it. */
async function askHttp({ name, address }: Node): Promise<number> {
  const { headers, body } = await request(`http://${address}/`, { signal: AbortSignal.timeout(2_000) });
  await body.dump();
  const time = Date.parse(String(headers.date));
  if (Number.isNaN(time)) throw new Error(`${name} answers without a date`);
  return time;
}
