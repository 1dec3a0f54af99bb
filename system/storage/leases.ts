import type { Database } from "./database.ts";

/**
 * Takes or renews the lease for `ttlMs`. All times are PostgreSQL's, so that instances' clocks do not matter.
 * @returns whether `holder` has it now.
 */
export async function holdLease(
  database: Database,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<boolean> {
  const held = await database.query(
    `insert into leases (name, holder, expires_at) values ($1, $2, now() + $3 * interval '1 millisecond')
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where leases.holder = excluded.holder or leases.expires_at < now()
     returning holder`,
    [name, holder, ttlMs],
  );
  return held.rowCount === 1;
}

/** Gives the lease up at once, if `holder` has it. */
export async function releaseLease(database: Database, name: string, holder: string): Promise<void> {
  await database.query("delete from leases where name = $1 and holder = $2", [name, holder]);
}
