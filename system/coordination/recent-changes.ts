import type { StatusFeed } from "../storage/status-feed.ts";

/** For how long a version is remembered at least, in ms. */
const rememberedForMs = 5_000;

/**
 * The versions that recordings have lately reached, as PostgreSQL announces them to every instance. An instance that has
 * lost Redis cannot tell the cache of a change it commits; by this the others know that what the cache holds is not
 * the last word.
 */
export class RecentChanges {
  readonly #now: () => number;
  /** Two generations of versions: the older one is dropped as a whole. */
  #versions = new Map<string, number>();
  #older = new Map<string, number>();
  #turnedAt: number;
  #listeningSince: number | undefined;

  constructor(feed: Pick<StatusFeed, "follow">, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#turnedAt = now();
    feed.follow({
      onChange: ({ id, version }) => this.#changed(id, version),
      onListening: () => {
        this.#listeningSince = this.#now();
      },
      onLost: () => {
        this.#listeningSince = undefined;
      },
    });
  }

  /**
   * Whether a version, known to have been the latest `ageMs` ago, may have been followed by another since, for all that
   * was heard. For ages beyond the memory (5 s) the answer is yes.
   */
  mayBeOutdated(id: string, version: number, ageMs: number): boolean {
    const heardForMs = this.#listeningSince === undefined ? 0 : this.#now() - this.#listeningSince;
    return ageMs >= Math.min(heardForMs, rememberedForMs) || version < this.#latestVersion(id);
  }

  #changed(id: string, version: number): void {
    const now = this.#now();
    if (now - this.#turnedAt >= rememberedForMs) {
      this.#older = this.#versions;
      this.#versions = new Map();
      this.#turnedAt = now;
    }
    this.#versions.set(id, Math.max(version, this.#latestVersion(id)));
  }

  #latestVersion(id: string): number {
    return this.#versions.get(id) ?? this.#older.get(id) ?? 0;
  }
}
