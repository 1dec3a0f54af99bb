import pg from "pg";

/** The tables of a database but those that are the service's own. */
export class PostgresData {
  readonly #url: string;
  readonly #kept: readonly string[];

  /**
   * @param url of the database, past all faults.
   * @param kept tables that stay as they are.
   */
  constructor(url: string, kept: readonly string[]) {
    this.#url = url;
    this.#kept = kept;
  }

  /** Empties all tables at once. */
  async empty(): Promise<void> {
    await this.#withClient(async (client) => {
      const tables = await this.#tables(client);
      if (tables.length > 0) await client.query(`truncate ${tables.join(", ")}`);
    });
  }

  /** @returns `3 rows in outbox`, one for each table that is not empty. */
  async leftovers(): Promise<string[]> {
    return this.#withClient(async (client) => {
      const counts = (await this.#tables(client)).map(
        (table) => `select '${table}' as name, count(*)::int as rows from ${table}`,
      );
      if (counts.length === 0) return [];
      const { rows } = await client.query<{ name: string; rows: number }>(counts.join(" union all "));
      return rows.filter((table) => table.rows > 0).map((table) => `${table.rows} rows in ${table.name}`);
    });
  }

  async #tables(client: pg.Client): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>(
      "select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> all ($1)",
      [this.#kept],
    );
    return rows.map(({ name }) => name);
  }

  /** A session for as long as it is used. It waits for nobody's locks for long. */
  async #withClient<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 2_000,
      query_timeout: 4_000,
      options: "-c lock_timeout=2000",
    });
    client.on("error", () => {}); // the awaited call rejects with it
    try {
      await client.connect();
      return await use(client);
    } finally {
      await client.end();
    }
  }
}
