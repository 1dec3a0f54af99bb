import type { HistoryEvent } from "../history/event.ts";
import { ownerOf } from "../history/lock-operations.ts";
import type { EndedOperation } from "./operation-judge.ts";

/** A definite hold of a lock: from its acquire's ok until its owner's release begins. */
export interface Hold {
  readonly lock: string;
  /** The name that the acquire states; otherwise its process: `process 3`. */
  readonly owner: string;
  readonly invoke: HistoryEvent;
  readonly ok: HistoryEvent;
  /** The owner is nothing but this process, so the hold is doubtful once the process is retired. */
  readonly byProcess: boolean;
}

/** The definite holds of all locks, as a history goes by. */
export class DefiniteHolds {
  /** By lock, then by owner. */
  readonly #locks = new Map<string, Map<string, Hold>>();
  readonly #ended: (hold: Hold, end: HistoryEvent) => void;

  /** @param ended called with each hold that ends, and the event with which it is definite no longer. */
  constructor(ended: (hold: Hold, end: HistoryEvent) => void = () => {}) {
    this.#ended = ended;
  }

  /** Takes any invoke. A release ends the hold as it begins, whatever comes of it. */
  invoked(invoke: HistoryEvent): void {
    if (invoke.f !== "release") return;
    this.#end(lockOf(invoke), ownerOf(invoke) ?? nameOf(invoke.process), invoke);
  }

  /**
   * Takes any completion. Returns the hold that an acquire's ok begins, and the holds of others at this moment. An owner that acquires
   * what it holds goes on with the hold that it has.
   */
  completed({ invoke, completion }: EndedOperation): { hold: Hold; others: readonly Hold[] } | undefined {
    if (completion.type === "info") this.#retire(completion);
    if (invoke.f !== "acquire" || completion.type !== "ok") return undefined;
    const lock = lockOf(invoke);
    const named = ownerOf(invoke);
    const owner = named ?? nameOf(invoke.process);
    const hold = { lock, owner, invoke, ok: completion, byProcess: named === undefined };
    const holds = this.#locks.get(lock) ?? new Map<string, Hold>();
    this.#locks.set(lock, holds);
    if (!holds.has(owner)) holds.set(owner, hold);
    return { hold, others: [...holds.values()].filter((other) => other.owner !== owner) };
  }

  /** What is held now. */
  open(): Hold[] {
    return [...this.#locks.values()].flatMap((holds) => [...holds.values()]);
  }

  /** A process that is retired cannot release under its own id: whether it still holds, nobody knows. */
  #retire(info: HistoryEvent): void {
    for (const [lock, holds] of this.#locks) {
      const owner = nameOf(info.process);
      if (holds.get(owner)?.byProcess) this.#end(lock, owner, info);
    }
  }

  #end(lock: string, owner: string, end: HistoryEvent): void {
    const holds = this.#locks.get(lock);
    const hold = holds?.get(owner);
    if (hold === undefined) return;
    holds?.delete(owner);
    this.#ended(hold, end);
  }
}

/** Operations without a key are on one lock of their own. */
const lockOf = (event: HistoryEvent) => event.key ?? "";
const nameOf = (process: number) => `process ${process}`;
