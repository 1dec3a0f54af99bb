import { RecordingNotFound } from "../pipeline/recordings.ts";
import type { StatusChange } from "../storage/status-feed.ts";
import type { TranscriptionStatus } from "../storage/transcriptions.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Where a recording stands. */
export type Standing = Omit<TranscriptionStatus, "owner">;

/** Reads the statuses of those recordings that exist, from PostgreSQL. */
export type LookUp = (ids: readonly string[]) => Promise<readonly TranscriptionStatus[]>;

export interface StatusHubDependencies {
  /** Not from the cache: that may be older than a change that was announced before we listened. */
  readonly lookUp: LookUp;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "liveSubscriptions" | "liveFanOut">;
}

const rereadBatch = 500;
const rereadRetryMs = 1_000;

/**
 * Tells the subscribers of this instance where their recordings stand: at once, and whenever any instance changes it.
 * What a subscriber gets only ever rises, by version, then by progress; steps may be left out, the last never is.
 */
export class StatusHub implements AsyncDisposable {
  readonly #d: StatusHubDependencies;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #closing = new AbortController();
  #rereading: Promise<void> = Promise.resolve();
  #rereadWanted = false;

  constructor(dependencies: StatusHubDependencies) {
    this.#d = dependencies;
  }

  /**
   * Calls `deliver` with the recording's present standing, before this resolves, and then with each change.
   * @returns what ends it.
   * @throws RecordingNotFound when it is not the owner's, or there is none; DatabaseUnavailable.
   */
  async watch(owner: string, id: string, deliver: (standing: Standing) => void): Promise<Disposable> {
    // First listen, then look: a change that commits between the two is heard, one before them is seen.
    const watcher = new Watcher(deliver);
    const watching = this.#add(id, watcher);
    try {
      const [row] = await this.#d.lookUp([id]);
      if (row?.owner !== owner) throw new RecordingNotFound(id);
      watcher.admit(row);
      return watching;
    } catch (error) {
      watching[Symbol.dispose]();
      throw error;
    }
  }

  /** A change was heard of. */
  changed(change: StatusChange): void {
    const watchers = this.#watchers.get(change.id);
    if (!watchers) return;
    for (const watcher of watchers) watcher.offer(change);
    // Two clocks: PostgreSQL's at the change, ours now. Where they disagree this may say too little, never less than 0.
    this.#d.metrics.liveFanOut.observe(Math.max(0, this.#d.clock.now() - change.at) / 1_000);
  }

  /** Changes may have been missed: looks at everything that is watched, until that succeeds. */
  reread(): void {
    if (this.#rereadWanted) return;
    this.#rereadWanted = true;
    this.#rereading = this.#rereading.then(() => this.#rereadAll());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#rereading;
  }

  async #rereadAll(): Promise<void> {
    this.#rereadWanted = false;
    const { signal } = this.#closing;
    const left = [...this.#watchers.keys()];
    while (left.length > 0 && !signal.aborted) {
      try {
        for (const row of await this.#d.lookUp(left.slice(0, rereadBatch))) this.#offer(row);
        left.splice(0, rereadBatch);
      } catch (error) {
        this.#d.logger.warn({ err: error }, "could not look after a gap in the status feed; trying again");
        await this.#d.clock.sleep(rereadRetryMs, signal).catch(() => {}); // aborted: over anyway
      }
    }
  }

  #offer(standing: Standing): void {
    for (const watcher of this.#watchers.get(standing.id) ?? []) watcher.offer(standing);
  }

  #add(id: string, watcher: Watcher): Disposable {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(watcher));
    this.#d.metrics.liveSubscriptions.inc();
    return {
      [Symbol.dispose]: () => {
        if (!watchers.delete(watcher)) return;
        this.#d.metrics.liveSubscriptions.dec();
        if (watchers.size === 0) this.#watchers.delete(id);
      },
    };
  }
}

/** One subscriber to one recording. Gets nothing before it is known to be the owner. */
class Watcher {
  readonly #deliver: (standing: Standing) => void;
  #admitted = false;
  #latest: Standing | undefined;

  constructor(deliver: (standing: Standing) => void) {
    this.#deliver = deliver;
  }

  offer(standing: Standing): void {
    if (this.#latest && !isNewer(standing, this.#latest)) return;
    this.#latest = standing;
    if (this.#admitted) this.#deliver(standing);
  }

  admit(present: Standing): void {
    this.offer(present);
    this.#admitted = true;
    this.#deliver(this.#latest ?? present);
  }
}

/** Whether it is a later standing of the same recording. Within a version only the progress changes. */
function isNewer(one: Standing, than: Standing): boolean {
  if (one.version !== than.version) return one.version > than.version;
  return (one.progress ?? -1) > (than.progress ?? -1);
}
