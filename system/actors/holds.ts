import type { ProcessorLocks } from "../coordination/processor-lock.ts";
import type { Database } from "../storage/database.ts";
import type { Transcription, Transcriptions } from "../storage/transcriptions.ts";

/** A lock that is held for somebody else, until told to end. */
interface Hold {
  /** The row as this holder last knew it: what its next write is judged by. */
  basis: Transcription;
  /** Aborts when the lock is found lost. */
  readonly lost: AbortSignal;
  end(): void;
  /** Resolves when the lock has been given back. */
  readonly over: Promise<unknown>;
}

/** The stage whose work the locks stand for. */
const stage = "processing";

/**
 * Locks held on behalf of clients that ask over HTTP. They are the service's processor locks, with the service's fencing:
 * a lock is a recording in PROCESSING that no stage works on; its fence is minted, and a write is judged by it, with the
 * statements of the pipeline.
 */
export class Holds {
  readonly #locks: ProcessorLocks;
  readonly #database: Database;
  readonly #transcriptions: Transcriptions;
  readonly #holds = new Map<string, Hold>();

  constructor(locks: ProcessorLocks, database: Database, transcriptions: Transcriptions) {
    this.#locks = locks;
    this.#database = database;
    this.#transcriptions = transcriptions;
  }

  /**
   * Takes a lock and mints a fence for it.
   * @param atMostMs after so long the hold ends by itself: its client is gone.
   * @returns the fence, or "busy" when somebody else has the lock.
   * @throws DatabaseUnavailable; the lock is not held then.
   */
  acquire(lock: string, atMostMs: number): Promise<number | "busy"> {
    const { promise, resolve, reject } = Promise.withResolvers<number | "busy">();
    const over: Promise<unknown> = this.#locks
      .withLock(lock, async (lost) => {
        const basis = await this.#mint(lock);
        const fence = Number(basis.fence);
        const ended = Promise.withResolvers<void>();
        const timer = setTimeout(ended.resolve, atMostMs);
        this.#holds.set(nameOf(lock, fence), { basis, lost, end: ended.resolve, over });
        resolve(fence);
        await ended.promise;
        clearTimeout(timer);
        this.#holds.delete(nameOf(lock, fence));
      })
      .then((outcome) => outcome === "busy" && resolve(outcome), reject);
    return promise;
  }

  /**
   * Gives a lock back.
   * @returns "lost" when the service had found out meanwhile that it was; "unknown" when there is no such hold (any more).
   */
  async release(lock: string, fence: number): Promise<"released" | "lost" | "unknown"> {
    const hold = this.#holds.get(nameOf(lock, fence));
    if (hold === undefined) return "unknown";
    hold.end();
    await hold.over;
    return hold.lost.aborted ? "lost" : "released";
  }

  /**
   * Writes under a lock, if the fence still allows it. That the lock was found lost does not keep it from trying: what
   * is written all the same, the fence judges, as in the pipeline.
   * @throws DatabaseUnavailable; it may have been written.
   */
  async write(lock: string, fence: number, value: string): Promise<"written" | "stale" | "unknown"> {
    const hold = this.#holds.get(nameOf(lock, fence));
    if (hold === undefined) return "unknown";
    const row = await this.#transcriptions.recordAttempt(this.#database, hold.basis, { text: value });
    if (row === null) return "stale";
    hold.basis = row;
    return "written";
  }

  /** Ends all holds, and waits until their locks have been given back. */
  async releaseAll(): Promise<void> {
    const holds = [...this.#holds.values()];
    for (const hold of holds) hold.end();
    await Promise.all(holds.map(({ over }) => over));
  }

  async #mint(lock: string): Promise<Transcription> {
    const minted = await this.#transcriptions.mintFence(this.#database, lock, stage);
    if (minted !== null) return minted;
    await this.#create(lock);
    const first = await this.#transcriptions.mintFence(this.#database, lock, stage);
    if (first === null) throw new Error(`${lock} is no lock: there is a recording of that name`);
    return first;
  }

  /** The first one to take a lock makes its row. */
  async #create(lock: string): Promise<void> {
    await this.#database.query(
      `insert into transcriptions (id, owner, status) values ($1, 'lock users', 'PROCESSING')
        on conflict (id) do nothing`,
      [lock],
    );
  }
}

const nameOf = (lock: string, fence: number): string => `${lock}/${fence}`;
