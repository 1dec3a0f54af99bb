import pg from "pg";
import type { Logger } from "../telemetry/logger.ts";

/** What runs statements: a transaction's client, or the pool (each statement alone). */
export interface Queryable {
  query<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<pg.QueryResult<R>>;
}

/** PostgreSQL could not be asked, or gave no answer in time. A write may or may not have happened. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";
  constructor(cause: unknown) {
    super(`PostgreSQL is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const unavailableCodes = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"],
  ...["57P01", "57P02", "57P03"], // shutting down, crashed, starting up
  ...["53300", "57014"], // too many connections, statement timeout
  ...["40001", "40P01"], // serialization failure, deadlock: the same call may well pass next time
  "25006", // read-only: a standby that has not been promoted
  "42P01", // no such table: the schema is not there yet
]);
const unavailableMessages = [
  "timeout exceeded when trying to connect",
  "Connection terminated",
  "Query read timeout",
  "connection error and is not queryable",
  "Cannot use a pool after calling end",
];

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    unavailableCodes.has(code) ||
    code.startsWith("08") ||
    unavailableMessages.some((message) => error.message.includes(message))
  );
}

/**
 * A pool of PostgreSQL connections in which nothing waits for ever: connecting takes at most 2 s, a statement at
 * most 3.5 s, so that a request is refused before its client, who waits for 5 s, gives up. Failures of the server or the way to it are {@link DatabaseUnavailable}; others (a broken
 * statement, a violated constraint) stay as they are.
 */
export class Database implements Queryable, AsyncDisposable {
  readonly #pool: pg.Pool;
  readonly #url: string;

  constructor(url: string, poolSize: number, logger: Logger) {
    this.#url = url;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: 2_000,
      idleTimeoutMillis: 30_000,
      // The server's limit is the shorter one, so that it is normally the server that ends the statement and says so;
      // the client's is for a server that does not answer at all.
      statement_timeout: 3_000,
      query_timeout: 3_500,
      keepAlive: true,
    });
    // A connection that breaks must not end the process, whether it is idle or lent to a transaction: the pool replaces
    // it, and the statement under way rejects by itself.
    const onBroken = (error: Error) => logger.warn({ err: error }, "a PostgreSQL connection broke");
    this.#pool.on("error", onBroken);
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  async query<R extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult<R>> {
    try {
      return await this.#pool.query<R>(text, [...values]);
    } catch (error) {
      throw isUnavailable(error) ? new DatabaseUnavailable(error) : error;
    }
  }

  /**
   * Runs `work` in one transaction. When this rejects with {@link DatabaseUnavailable}, the commit may still
   * have happened.
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    let broken = false;
    let client: pg.PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      const connection = client;
      await connection.query("begin");
      const result = await work({
        query: (text, values = []) => connection.query(text, [...values]),
      });
      await connection.query("commit");
      return result;
    } catch (error) {
      const unavailable = isUnavailable(error);
      broken = unavailable || !(await rolledBack(client));
      throw unavailable ? new DatabaseUnavailable(error) : error;
    } finally {
      // A connection of unknown state is closed, not given back: its transaction ends with it.
      client?.release(broken);
    }
  }

  /** The pool's connections: open, of these idle, and callers that wait for one. */
  usage(): { total: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  /** A connection of its own, outside the pool, for LISTEN. The caller ends it. */
  async dedicatedClient(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
    });
    client.on("error", () => {}); // the caller listens for "end"; without a listener the process would end
    try {
      await client.connect();
    } catch (error) {
      throw isUnavailable(error) ? new DatabaseUnavailable(error) : error;
    }
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}

async function rolledBack(client: pg.PoolClient | undefined): Promise<boolean> {
  try {
    await client?.query("rollback");
    return true;
  } catch {
    return false;
  }
}
