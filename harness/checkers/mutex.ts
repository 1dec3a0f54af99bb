import type { HistoryEvent } from "../history/event.ts";
import { fenceOf, writtenFence } from "../history/lock-operations.ts";
import { noes } from "../history/user-operations.ts";
import { DefiniteHolds, type Hold } from "./holds.ts";
import {
  AnomalyList,
  type EndedOperation,
  type OperationJudge,
  streamingChecker,
} from "./operation-judge.ts";
import type { Checker } from "./verdict.ts";

export interface MutexOptions {
  /**
   * Whether two owners may never hold a lock at once (default true). False for a lock that is a lease: an owner that is paused past
   * its end believes that it holds; overlaps are then counted only, and the fencing tokens are what must hold. `among` nodes that no
   * fault strikes: their leases do not run out, so that no two of their holds may overlap.
   */
  readonly exclusive?: boolean | { readonly among: readonly string[] };
  /**
   * Whether a write with a token that is too old has to have been attempted, and refused, for the run to prove anything: without one it is
   * inconclusive (default false).
   */
  readonly staleWriteSeen?: boolean;
}

/**
 * Locks (`acquire`, `release`) and the resources they guard (`guarded-write`), as their users saw them. A *definite hold* lasts from an
 * acquire's ok to the invoke of the owner's release, whatever comes of that; an acquire that ended `info` holds nothing definitely.
 *
 * - `overlapping-holds`: definite holds of two owners overlap
 * - `fence-not-rising`: an acquisition that began after another had ended got a smaller token
 * - `fence-reused`: two acquisitions of a lock got the same token
 * - `stale-write-accepted`: a resource accepted a token smaller than one it had accepted before that write began
 *
 * Nothing acquired: inconclusive. Not exclusive, and no token seen: inconclusive.
 */
export function mutex({ exclusive = true, staleWriteSeen = false }: MutexOptions = {}): Checker {
  return streamingChecker("mutex", () => new MutexJudge(exclusive, staleWriteSeen));
}

/** The largest token seen so far, and the event that shows it. */
interface Token {
  readonly fence: number;
  readonly event: HistoryEvent;
}

/** The tokens that a lock has given. */
class Lock {
  readonly tokens = new Map<number, HistoryEvent>();
  highest: Token | undefined;
}

class MutexJudge implements OperationJudge<Token | undefined> {
  readonly #exclusive: NonNullable<MutexOptions["exclusive"]>;
  readonly #staleWriteSeen: boolean;
  readonly #holds = new DefiniteHolds();
  readonly #locks = new Map<string, Lock>();
  /** Of each resource, the largest token it has accepted. */
  readonly #accepted = new Map<string, Token>();
  readonly #anomalies = new AnomalyList();
  readonly #counts = {
    acquired: 0,
    overlaps: 0,
    tokens: 0,
    "writes accepted": 0,
    "writes refused": 0,
    stale: 0,
  };

  constructor(exclusive: NonNullable<MutexOptions["exclusive"]>, staleWriteSeen: boolean) {
    this.#exclusive = exclusive;
    this.#staleWriteSeen = staleWriteSeen;
  }

  /** Remembers the largest token known when the operation begins: its own may not be below it. */
  invoked(invoke: HistoryEvent): Token | undefined {
    this.#holds.invoked(invoke);
    if (invoke.f === "acquire") return this.#lock(invoke).highest;
    return invoke.f === "guarded-write" ? this.#accepted.get(keyOf(invoke)) : undefined;
  }

  completed(operation: EndedOperation, before: Token | undefined): void {
    const acquired = this.#holds.completed(operation);
    if (acquired) this.#acquire(acquired.hold, acquired.others, before);
    if (operation.invoke.f === "guarded-write") this.#write(operation, before);
  }

  end() {
    const { acquired, overlaps, tokens, stale, "writes accepted": writes } = this.#counts;
    const unjudged = this.#exclusive
      ? acquired === 0 && "no lock was acquired"
      : tokens + writes === 0 && "no fencing token was seen, and without one nothing is promised";
    return {
      anomalies: this.#anomalies.shown,
      totals: this.#anomalies.totals,
      gaps: [
        ...(unjudged === false ? [] : [unjudged]),
        ...(this.#staleWriteSeen && stale === 0
          ? ["no stale write was attempted, so nothing shows that one is refused"]
          : []),
      ],
      passedReason:
        `${acquired} acquisitions of ${this.#locks.size} lock(s), ${overlaps} overlapping holds, ` +
        `${tokens} tokens rose, ${writes} guarded writes in their order`,
      counts: { locks: this.#locks.size, ...this.#counts },
    };
  }

  #acquire(hold: Hold, others: readonly Hold[], before: Token | undefined): void {
    this.#counts.acquired++;
    if (others.length > 0) this.#overlap(hold, others);
    const fence = fenceOf(hold.ok);
    if (fence !== undefined) this.#judgeToken(hold, { fence, event: hold.ok }, before);
  }

  #overlap(hold: Hold, all: readonly Hold[]): void {
    this.#counts.overlaps++;
    const others = all.filter((other) => this.#isJudged(other));
    if (others.length === 0 || !this.#isJudged(hold)) return;
    const holders = others.map(({ owner, ok }) => `${owner} (since event ${ok.index})`).join(", ");
    this.#anomalies.add(
      "overlapping-holds",
      `${lockName(hold.invoke)} was acquired by ${hold.owner} (event ${hold.ok.index}) while held by ${holders}`,
      [...others.flatMap(({ invoke, ok }) => [invoke, ok]).slice(-8), hold.invoke, hold.ok],
    );
  }

  #isJudged({ invoke }: Hold): boolean {
    if (typeof this.#exclusive === "boolean") return this.#exclusive;
    return invoke.node !== undefined && this.#exclusive.among.includes(invoke.node);
  }

  #judgeToken({ invoke }: Hold, token: Token, before: Token | undefined): void {
    this.#counts.tokens++;
    const lock = this.#lock(invoke);
    const { fence, event } = token;
    const same = lock.tokens.get(fence);
    if (same !== undefined) {
      this.#anomalies.add("fence-reused", `${lockName(invoke)} gave the token ${fence} to two acquisitions`, [
        same,
        event,
      ]);
    } else if (before !== undefined && fence < before.fence) {
      this.#anomalies.add(
        "fence-not-rising",
        `${lockName(invoke)} gave the token ${fence} after it had given ${before.fence}`,
        [before.event, event],
      );
    }
    lock.tokens.set(fence, event);
    if (lock.highest === undefined || fence > lock.highest.fence) lock.highest = token;
  }

  #write({ invoke, completion }: EndedOperation, before: Token | undefined): void {
    if (completion.type === "fail") this.#counts["writes refused"]++;
    if (completion.error === noes.stale) this.#counts.stale++;
    if (completion.type !== "ok") return;
    this.#counts["writes accepted"]++;
    const token = { fence: writtenFence(completion), event: completion };
    if (before !== undefined && token.fence < before.fence) {
      this.#anomalies.add(
        "stale-write-accepted",
        `resource ${JSON.stringify(keyOf(invoke))} accepted a write with token ${token.fence} ` +
          `after it had accepted token ${before.fence}`,
        [before.event, invoke, completion],
      );
    }
    const highest = this.#accepted.get(keyOf(invoke));
    if (highest === undefined || token.fence > highest.fence) this.#accepted.set(keyOf(invoke), token);
  }

  #lock(event: HistoryEvent): Lock {
    const known = this.#locks.get(keyOf(event)) ?? new Lock();
    this.#locks.set(keyOf(event), known);
    return known;
  }
}

/** Operations without a key are on one lock of their own. */
const keyOf = (event: HistoryEvent) => event.key ?? "";
const lockName = (event: HistoryEvent) => `lock ${JSON.stringify(keyOf(event))}`;
