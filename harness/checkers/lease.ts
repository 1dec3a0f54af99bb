import type { HistoryEvent, Operation } from "../history/event.ts";
import { ownerOf } from "../history/lock-operations.ts";
import { pairOperations } from "../history/operations.ts";
import { noes } from "../history/user-operations.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker, CheckResult } from "./verdict.ts";

export interface LeaseOptions {
  /** How long a lock is held without a sign of its holder. */
  readonly ttl: Duration;
  /** How much later than that it may be free (default 2 s). */
  readonly slack?: Duration;
  /** Whether a holder has to have died, and its lock been taken over, for the run to prove anything (default false). */
  readonly takeOver?: boolean;
}

/**
 * Locks that are leases, and that are refused at once when somebody has them: who gets one, and who is refused, by time. A hold is
 * *abandoned* when its release failed: who held it is dead, so that its lease ends by itself. Use it where a holder that cannot be
 * reached is dead, and the lock's own store is well; `mutex` judges the rest.
 *
 * - `refused-while-free`: an acquire was told "busy" though nobody can have held the lock at any moment of it: of all other acquires each
 *   had been released, refused, or abandoned for longer than its lease and the slack
 * - `taken-too-early`: an abandoned lock was acquired before its lease can have ended, counted from its own acquire
 *
 * Nothing acquired: inconclusive. With `takeOver`, and no abandoned lock that another acquired: inconclusive.
 */
export function lease({ ttl, slack = "2s", takeOver = false }: LeaseOptions): Checker {
  const [ttlMs, slackMs] = [milliseconds(ttl), milliseconds(slack)];
  return { name: "lease", check: (events) => check(events, { ttlMs, slackMs, takeOver }) };
}

interface Settings {
  readonly ttlMs: number;
  readonly slackMs: number;
  readonly takeOver: boolean;
}

/** Somebody may hold a lock, from the invoke of the acquire on. */
interface PossibleHold {
  readonly owner: string;
  readonly acquire: Operation;
  /** The event with which it certainly ended. */
  released?: HistoryEvent;
  /** The release that failed. */
  abandoned?: HistoryEvent;
}

interface LockUse {
  readonly holds: PossibleHold[];
  /** Acquires that were told "busy". */
  readonly refused: (Operation & { readonly completion: HistoryEvent })[];
}

function check(events: readonly HistoryEvent[], settings: Settings): CheckResult {
  const locks = [...usesOf(events).values()];
  const holds = locks.flatMap((lock) => lock.holds);
  const takeovers = locks.flatMap(takeoversOf);
  const acquired = holds.filter(({ acquire }) => acquire.completion?.type === "ok").length;
  const refused = locks.reduce((sum, lock) => sum + lock.refused.length, 0);
  return resultOf("lease", {
    anomalies: [
      ...locks.flatMap((lock) => refusedWhileFree(lock, settings)),
      ...takeovers.flatMap((takeover) => takenTooEarly(takeover, settings)),
    ],
    gaps: [
      ...(acquired === 0 ? ["no lock was acquired"] : []),
      ...(settings.takeOver && takeovers.length === 0
        ? ["no lock of a dead holder was acquired by another, so nothing shows that its lease ends"]
        : []),
    ],
    passedReason:
      `${acquired} acquisitions of ${locks.length} lock(s), ${refused} refused while it was held, ` +
      `${takeovers.length} taken over from dead holders`,
    counts: {
      locks: locks.length,
      acquired,
      refused,
      abandoned: holds.filter(({ abandoned }) => abandoned).length,
      "taken over": takeovers.length,
      "longest take-over (ms)": Math.round(Math.max(0, ...takeovers.map(({ afterMs }) => afterMs))),
    },
  });
}

/** What became of each lock. */
function usesOf(events: readonly HistoryEvent[]): Map<string, LockUse> {
  const locks = new Map<string, LockUse>();
  for (const operation of pairOperations(events)) {
    const { invoke, completion } = operation;
    if (invoke.f !== "acquire" && invoke.f !== "release") continue;
    const lock = locks.get(invoke.key ?? "") ?? { holds: [], refused: [] };
    locks.set(invoke.key ?? "", lock);
    const owner = ownerOf(invoke) ?? `process ${invoke.process}`;
    if (invoke.f === "release") {
      const hold = lock.holds.findLast((one) => one.owner === owner);
      if (hold && completion?.type === "ok") hold.released ??= completion;
      if (hold && completion?.type === "fail") hold.abandoned ??= completion;
    } else if (completion?.type === "fail" && completion.error === noes.busy) {
      lock.refused.push({ invoke, completion });
    } else {
      // Refused for another reason: until then it may have been held.
      const released = completion?.type === "fail" ? { released: completion } : {};
      lock.holds.push({ owner, acquire: operation, ...released });
    }
  }
  return locks;
}

function refusedWhileFree({ holds, refused }: LockUse, { ttlMs, slackMs }: Settings): Anomaly[] {
  return refused.flatMap(({ invoke, completion }) => {
    const mayHold = holds.some(
      ({ acquire, released, abandoned }) =>
        acquire.invoke.index < completion.index &&
        (released === undefined || released.index > invoke.index) &&
        (abandoned === undefined || abandoned.time + (ttlMs + slackMs) * 1e6 > invoke.time),
    );
    if (mayHold) return [];
    const last = holds.findLast(({ acquire }) => acquire.invoke.index < invoke.index);
    const ended = last && (last.released ?? last.abandoned);
    const message =
      `an acquire of lock ${JSON.stringify(invoke.key)} was told that it is busy (event ${completion.index}), though nobody held it` +
      `${last === undefined ? " ever" : `: ${last.owner} was the last`}`;
    return [
      anomaly("refused-while-free", message, [
        ...(last ? [last.acquire.invoke] : []),
        ...(ended ? [ended] : []),
        ...[invoke, completion],
      ]),
    ];
  });
}

/** An abandoned hold, and the acquire by another that came next. */
interface Takeover {
  readonly from: PossibleHold;
  readonly by: HistoryEvent;
  /** Since the acquire of the abandoned hold. */
  readonly afterMs: number;
}

function takeoversOf({ holds }: LockUse): Takeover[] {
  return holds.flatMap((from) => {
    const { acquire, abandoned } = from;
    if (abandoned === undefined || acquire.completion?.type !== "ok") return [];
    const since = acquire.completion.index;
    const by = holds.find(
      (other) =>
        other !== from && other.acquire.completion?.type === "ok" && other.acquire.completion.index > since,
    )?.acquire.completion;
    return by === undefined ? [] : [{ from, by, afterMs: (by.time - acquire.invoke.time) / 1e6 }];
  });
}

function takenTooEarly({ from, by, afterMs }: Takeover, { ttlMs }: Settings): Anomaly[] {
  if (afterMs >= ttlMs) return [];
  const message =
    `lock ${JSON.stringify(by.key)} was acquired (event ${by.index}) ${Math.round(afterMs)} ms after ${from.owner} had asked for it, ` +
    `who got it and never gave it back: it may not be free before ${ttlMs} ms`;
  return [
    anomaly("taken-too-early", message, [
      from.acquire.invoke,
      ...(from.abandoned ? [from.abandoned] : []),
      by,
    ]),
  ];
}
