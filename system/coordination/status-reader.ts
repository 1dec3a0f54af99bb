import type { CachedStatus, StatusCache } from "./status-cache.ts";

/** Queries that look statuses up at once, at most: what is left of the pool of connections is for writes. */
export const concurrentLookups = 4;
/** Recordings in one query, at most. */
const idsPerLookup = 500;

/** Reads the statuses of those recordings that exist, from PostgreSQL. */
export type LookUp = (ids: readonly string[]) => Promise<readonly CachedStatus[]>;

interface Waiting {
  readonly answer: Promise<CachedStatus | null>;
  readonly resolve: (status: CachedStatus | null) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Statuses, from the cache where it knows them, else from PostgreSQL, which without Redis would be asked for every
 * read. So reads that come together share a query, a recording is never in two queries at once, and there are at most
 * {@link concurrentLookups}.
 *
 * A read only ever shares a query that begins after it, never one under way: that might have looked before a change
 * its caller already knows of. For the same reason nothing is kept in memory: of two instances read in turn, one would
 * go back to what it remembers.
 */
export class StatusReader {
  readonly #cache: Pick<StatusCache, "moment" | "get" | "put">;
  readonly #lookUp: LookUp;
  readonly #waiting = new Map<string, Waiting>();
  readonly #underWay = new Set<string>();
  #lookups = 0;
  #scheduled = false;

  constructor(cache: Pick<StatusCache, "moment" | "get" | "put">, lookUp: LookUp) {
    this.#cache = cache;
    this.#lookUp = lookUp;
  }

  /** @returns null when there is no such recording. @throws what the look-up throws. */
  async read(id: string): Promise<CachedStatus | null> {
    return (await this.#cache.get(id)) ?? (await this.#fromDatabase(id));
  }

  #fromDatabase(id: string): Promise<CachedStatus | null> {
    const shared = this.#waiting.get(id);
    if (shared) return shared.answer;
    const { promise: answer, resolve, reject } = Promise.withResolvers<CachedStatus | null>();
    this.#waiting.set(id, { answer, resolve, reject });
    this.#schedule();
    return answer;
  }

  /** After the reads that this turn of the event loop brings. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#lookups < concurrentLookups && this.#lookUpNext());
    });
  }

  /** Begins a query for those who wait. @returns whether there was anything to ask. */
  #lookUpNext(): boolean {
    const batch = new Map(
      this.#waiting
        .entries()
        .filter(([id]) => !this.#underWay.has(id))
        .take(idsPerLookup),
    );
    if (batch.size === 0) return false;
    for (const id of batch.keys()) {
      this.#waiting.delete(id);
      this.#underWay.add(id);
    }
    this.#lookups++;
    void this.#answer(batch);
    return true;
  }

  /** Never rejects: those who wait are told. */
  async #answer(batch: ReadonlyMap<string, Waiting>): Promise<void> {
    const asOf = this.#cache.moment();
    const found = new Map<string, CachedStatus>();
    try {
      for (const status of await this.#lookUp([...batch.keys()])) found.set(status.id, status);
      for (const [id, { resolve }] of batch) resolve(found.get(id) ?? null);
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    }
    for (const id of batch.keys()) this.#underWay.delete(id);
    this.#lookups--;
    if (this.#waiting.size > 0) this.#schedule();
    await Promise.all(found.values().map((status) => this.#cache.put(status, asOf)));
  }
}
