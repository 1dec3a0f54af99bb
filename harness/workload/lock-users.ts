import type { Invocation } from "../history/recorder.ts";
import { noes } from "../history/user-operations.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import { type HeldLock, LockerClient, type LockerOutcome } from "./locker-client.ts";
import { type Arrival, assertCount, assertRate, OpenLoop } from "./open-loop.ts";
import type { RunningWorkload, Service, Workload, WorkloadContext } from "./workload.ts";

export interface LockUsersOptions {
  /** Users a second who want a lock. */
  readonly rate: number;
  /** So many want the same lock at the same moment (default 1: each comes at a time of his own). */
  readonly crowd?: number;
  /** Locks, each guarding a resource of the same name (default 3). */
  readonly locks?: number;
  /**
   * Users at a time, shared among the topology's lock users (default 4 of each, and a crowd at least). With no more than
   * `rate` times `hold` of them, one is due again while it holds a lock, and late through no fault of the lock.
   */
  readonly users?: number;
  /** How long a user keeps a lock between its first write and its last (default 200 ms). */
  readonly hold?: Duration;
  /** How long users may take to end after the stop (default 30 s). */
  readonly drainWithin?: Duration;
}

/** Counts of users' turns. */
export type LockUsersStats = Readonly<{
  acquired: number;
  busy: number;
  written: number;
  /** Refused for a fencing token that was too old. */
  stale: number;
  /** Operations of any kind without an answer, or refused for another reason. */
  failed: number;
  /** Due, and not begun yet. */
  waiting: number;
}>;

/** The name of the k-th lock, from 0, and of the resource that it guards. */
export const lockName = (index: number): string => `lock-${index + 1}`;

/**
 * A program gives a lock back by itself after so long, for its user may have gone. Longer than a user can take: an
 * acquire, two writes and the hold, each as slow as its timeout allows.
 */
const atMostMs = 90_000;

/** A release is repeated until it is answered, so often at most. */
const releaseTries = 5;
const betweenReleasesMs = 500;

/**
 * Users who want locks at a constant rate, whatever becomes of those before (open loop). A user asks one of the topology's
 * programs for a lock (`acquire`), writes to what it guards, keeps it for a while, writes again (`guarded-write`, with the
 * fencing token), and gives it back (`release`). The history is for the checker `mutex`.
 * @throws UsageError for settings that make no sense.
 */
export function lockUsers(options: LockUsersOptions): Workload<LockUsersStats> {
  const settings = {
    rate: options.rate,
    crowd: options.crowd ?? 1,
    locks: options.locks ?? 3,
    users: options.users,
    holdMs: milliseconds(options.hold ?? "200ms"),
    drainMs: milliseconds(options.drainWithin ?? "30s"),
  };
  assertRate("lockUsers", settings.rate);
  assertCount("lockUsers", "crowd", settings.crowd);
  assertCount("lockUsers", "locks", settings.locks);
  if (settings.users !== undefined) assertCount("lockUsers", "users", settings.users);
  if (settings.holdMs > 20_000) throw new UsageError("lockUsers: hold must be at most 20 s");
  return {
    name: "lock-users",
    description:
      `${settings.rate} users a second${settings.crowd > 1 ? `, ${settings.crowd} at a time,` : ""} want ` +
      `one of ${settings.locks} locks for ${settings.holdMs} ms`,
    start: (context) => {
      if (context.lockers.length === 0)
        throw new UsageError(
          "lockUsers: the topology has no lock users",
          "Give it some: stt({ lockUsers: 2 }).",
        );
      return new RunningLockUsers(
        { ...settings, users: settings.users ?? Math.max(4 * context.lockers.length, settings.crowd) },
        context,
      );
    },
  };
}

interface Settings {
  readonly rate: number;
  readonly crowd: number;
  readonly locks: number;
  readonly users: number;
  readonly holdMs: number;
  readonly drainMs: number;
}

/** Who uses locks, one at a time. */
interface User {
  readonly name: string;
  readonly locker: Service;
  process: number;
}

class RunningLockUsers implements RunningWorkload<LockUsersStats> {
  readonly #settings: Settings;
  readonly #context: WorkloadContext;
  readonly #client = new LockerClient();
  readonly #loop: OpenLoop;
  readonly #users: readonly User[];
  readonly #counts = { acquired: 0, busy: 0, written: 0, stale: 0, failed: 0 };

  constructor(settings: Settings, context: WorkloadContext) {
    this.#settings = settings;
    this.#context = context;
    const { rate, crowd, drainMs, users } = settings;
    this.#users = Array.from({ length: users }, (_, index) => {
      const locker = context.lockers[index % context.lockers.length];
      if (locker === undefined) throw new Error("the workload has no program to speak to");
      return { name: `user-${index + 1}`, locker, process: context.history.newProcess() };
    });
    this.#loop = new OpenLoop(context, {
      ...{ rate, crowd, drainMs, clients: users },
      serve: (arrival) => this.#takeTurn(arrival),
    });
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  async drained(): Promise<void> {
    await this.#loop.drained();
  }

  /** There is nothing to read: every write says whether it was accepted. */
  async finalReads(): Promise<void> {}

  stats(): LockUsersStats {
    return { ...this.#counts, waiting: this.#loop.stats().waiting };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.#client[Symbol.asyncDispose]();
  }

  async #takeTurn({ number, intended, client: index }: Arrival & { client: number }): Promise<void> {
    const user = this.#users[index];
    if (user === undefined) return;
    const held = await this.#acquire(user, this.#lockWanted(number), intended);
    if (held === undefined) return;
    try {
      await this.#write(user, held, `${number}-first`);
      await this.#context.clock.sleep(this.#settings.holdMs, this.#loop.signal);
      await this.#write(user, held, `${number}-last`);
    } finally {
      await this.#release(user, held);
    }
  }

  /** The lock that the k-th to come wants: all of a crowd want the same. */
  #lockWanted(number: number): string {
    const random = seededRandom(this.#context.seed + Math.floor(number / this.#settings.crowd));
    return lockName(Math.floor(random() * this.#settings.locks));
  }

  async #acquire(user: User, lock: string, intended: number): Promise<HeldLock | undefined> {
    const invocation = this.#invoke(user, { f: "acquire", key: lock, value: { owner: user.name }, intended });
    const outcome = await this.#client.acquire(user.locker, lock, atMostMs, this.#loop.signal);
    if (outcome.type !== "ok") {
      this.#end(user, invocation, outcome);
      return undefined;
    }
    this.#counts.acquired++;
    invocation.ok({ fence: outcome.value.fence });
    return outcome.value;
  }

  async #write(user: User, held: HeldLock, value: string): Promise<void> {
    const written = { fence: held.fence, value };
    const invocation = this.#invoke(user, { f: "guarded-write", key: held.lock, value: written });
    const outcome = await this.#client.write(user.locker, held, value, this.#loop.signal);
    if (outcome.type !== "ok") return this.#end(user, invocation, outcome);
    this.#counts.written++;
    invocation.ok(written);
  }

  /** Repeated under the owner's name as a new process: a lock whose release was lost stays taken for long. */
  async #release(user: User, held: HeldLock): Promise<void> {
    for (let tries = 0; tries < releaseTries && !this.#loop.signal.aborted; tries++) {
      const invocation = this.#invoke(user, { f: "release", key: held.lock, value: { owner: user.name } });
      const outcome = await this.#client.release(user.locker, held, this.#loop.signal);
      if (outcome.type === "ok") invocation.ok();
      else this.#end(user, invocation, outcome);
      if (outcome.type !== "info") return;
      await this.#context.clock.sleep(betweenReleasesMs, this.#loop.signal);
    }
  }

  #invoke(user: User, operation: { f: string; key: string; value: unknown; intended?: number }): Invocation {
    return this.#context.history.invoke({ ...operation, process: user.process, node: user.locker.name });
  }

  #end(
    user: User,
    invocation: Invocation,
    { type, error }: Exclude<LockerOutcome<unknown>, { type: "ok" }>,
  ): void {
    if (error === noes.busy) this.#counts.busy++;
    else if (error === noes.stale) this.#counts.stale++;
    else this.#counts.failed++;
    if (type === "fail") {
      invocation.fail(error);
      return;
    }
    invocation.info(error);
    user.process = this.#context.history.newProcess();
  }
}
