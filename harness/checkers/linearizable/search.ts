import { mixed } from "./hash.ts";
import { anyState, impossible } from "./model.ts";
import { OperationList } from "./operation-list.ts";
import { never, noOperation, type Timeline } from "./timeline.ts";
import { type Configuration, Visited } from "./visited.ts";

export type Outcome =
  | {
      readonly linearizable: true;
      /** The operations in an order that explains all answers; those that need not have taken effect are left out. */
      readonly order: readonly number[];
    }
  | {
      readonly linearizable: false;
      /** The operation whose answer no order gets past. */
      readonly stuck: number;
    };

/** What a search may spend. */
export interface SearchLimit {
  /** It gives up after so many configurations. */
  readonly configurations: number;
  /** Asked now and then; true: give up. */
  readonly isSpent: () => boolean;
}

/** The limit's `isSpent` is asked every so many configurations. */
const askEvery = 512;

/**
 * Looks for an order of the operations that the machine allows and that keeps to what was answered before what was invoked.
 *
 * Wing and Gong's search (1993), with Lowe's improvements (2017): depth first over a linked list of the operations not taken yet,
 * never twice from the same configuration, and just in time: an operation is taken when the next answer demands it, so that what the
 * search must remember is only which of the operations *under way* are taken. Cut, soundly, are moreover: orders that differ only in
 * reads; in operations of one kind (the first to be answered is taken first); in writes that nobody reads; and those that spend more
 * of the operations of unknown outcome than another way to the same state.
 *
 * @returns undefined when it gave up.
 */
export function search(timeline: Timeline, limit: SearchLimit): Outcome | undefined {
  return new Search(timeline).run(limit);
}

/** A configuration with the moves that are left to try from it. */
interface Frame {
  readonly state: number;
  readonly trail: number;
  /** Operations to take next, the most promising first. */
  readonly moves: readonly number[];
  next: number;
}

class Search {
  readonly #timeline: Timeline;
  readonly #must: OperationList;
  readonly #may: OperationList;
  readonly #taken: Uint8Array;
  readonly #visited: Visited;
  readonly #now: Configuration;
  /** What was done, to be undone: an operation that was taken, or ~operation whose answer was passed. */
  readonly #trail: number[] = [];
  /** By kind, the one of those under way to be taken first; valid where `#seen` is `#look`. */
  readonly #best: Int32Array;
  readonly #seen: Int32Array;
  #look = 0;
  /** The most answers that any order explains. */
  #furthest = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    const { machine, must, may, mustBits, mayBits } = timeline;
    const total = timeline.opens.length;
    this.#must = new OperationList(must, total);
    this.#may = new OperationList(may, total);
    this.#taken = new Uint8Array(total);
    const [mustWords, mayWords] = [Math.ceil(mustBits / 32), Math.ceil(mayBits / 32)];
    this.#visited = new Visited(mustWords, mayWords);
    this.#now = {
      answers: 0,
      state: machine.initial,
      must: new Int32Array(mustWords),
      hash: 0,
      may: new Int32Array(mayWords),
    };
    this.#best = new Int32Array(machine.kindCount);
    this.#seen = new Int32Array(machine.kindCount);
  }

  run({ configurations, isSpent }: SearchLimit): Outcome | undefined {
    const { byAnswer } = this.#timeline;
    const frames: Frame[] = [];
    let count = 0;
    this.#settle();
    if (this.#isDone) return this.#explained();
    frames.push(this.#frame(noOperation));
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      this.#undo(frame);
      const move = frame.moves[frame.next++];
      if (move === undefined) {
        frames.pop();
        continue;
      }
      this.#take(move);
      this.#settle();
      if (this.#isDone) return this.#explained();
      if (!this.#visited.add(this.#now)) continue;
      if (++count > configurations || (count % askEvery === 0 && isSpent())) return undefined;
      frames.push(this.#frame(move));
    }
    return { linearizable: false, stuck: byAnswer[this.#furthest] ?? noOperation };
  }

  get #isDone(): boolean {
    return this.#now.answers === this.#timeline.byAnswer.length;
  }

  #explained(): Outcome {
    return { linearizable: true, order: this.#trail.filter((step) => step >= 0) };
  }

  /** Takes what is free, and passes the answers of what is taken, until an operation blocks that must be taken first. */
  #settle(): void {
    const { machine, byAnswer, opens } = this.#timeline;
    const now = this.#now;
    for (let answers = -1; answers !== now.answers; ) {
      answers = now.answers;
      for (
        let operation = this.#must.first;
        operation !== noOperation && (opens[operation] ?? 0) <= answers;
        operation = this.#must.after(operation)
      ) {
        if (machine.isFree(now.state, this.#kind(operation))) this.#mark(operation);
      }
      for (;;) {
        const answered = byAnswer[now.answers];
        if (answered === undefined || this.#taken[answered] === 0) break;
        this.#pass(answered);
      }
    }
  }

  /** This configuration, with what may come next. @param move the one that led to it. */
  #frame(move: number): Frame {
    const { state, answers } = this.#now;
    this.#furthest = Math.max(this.#furthest, answers);
    return { state, trail: this.#trail.length, moves: this.#moves(move), next: 0 };
  }

  #moves(last: number): readonly number[] {
    const { machine, byAnswer } = this.#timeline;
    const { state, answers } = this.#now;
    const blocked = this.#kind(byAnswer[answers] ?? noOperation);
    const under = this.#kindsUnderWay();
    const kinds = machine.narrow?.(state, blocked, under) ?? this.#byPromise(blocked, under);
    const isInVain = this.#isInVain(last);
    const moves: number[] = [];
    for (const kind of kinds) {
      const move = this.#best[kind] ?? noOperation;
      const next = machine.step(state, kind);
      if (next === impossible || (isInVain && machine.wants?.[kind] === anyState)) continue;
      if (this.#deadline(move) === never && (next === state || !this.#isWanted(next))) continue;
      moves.push(move);
    }
    return moves;
  }

  /**
   * Whether the last move need not have been taken, and nobody has read what it wrote. A write next would undo it, and then it might as
   * well not have been taken: that is tried from the configuration before.
   */
  #isInVain(last: number): boolean {
    return last !== noOperation && this.#deadline(last) === never && this.#trail.at(-1) === last;
  }

  /** The kinds of the operations under way: those that must be taken first, each by the one of its operations that is answered first. */
  #kindsUnderWay(): number[] {
    const { opens } = this.#timeline;
    const { answers } = this.#now;
    const look = ++this.#look;
    const kinds: number[] = [];
    for (const list of [this.#must, this.#may]) {
      for (
        let operation = list.first;
        operation !== noOperation && (opens[operation] ?? 0) <= answers;
        operation = list.after(operation)
      ) {
        const kind = this.#kind(operation);
        if (this.#seen[kind] !== look) {
          this.#seen[kind] = look;
          this.#best[kind] = operation;
          kinds.push(kind);
        } else if (this.#deadline(operation) < this.#deadline(this.#best[kind] ?? noOperation)) {
          this.#best[kind] = operation;
        }
      }
    }
    return kinds;
  }

  /** The blocked one itself, then what makes it possible at once, then all else; a write that nobody reads only when it blocks. */
  #byPromise(blocked: number, kinds: readonly number[]): number[] {
    const { machine } = this.#timeline;
    const { state } = this.#now;
    const first: number[] = [];
    const helping: number[] = [];
    const others: number[] = [];
    for (const kind of kinds) {
      const next = machine.step(state, kind);
      if (next === impossible) continue;
      if (kind === blocked) first.push(kind);
      else if (this.#isUnread(kind)) continue;
      else if (machine.step(next, blocked) !== impossible) helping.push(kind);
      else others.push(kind);
    }
    return [...first, ...helping, ...others];
  }

  /** Takes an operation, and just before a write all writes under way that nobody reads: there they are in nobody's way. */
  #take(move: number): void {
    const { machine, opens } = this.#timeline;
    const { wants } = machine;
    const now = this.#now;
    if (wants !== undefined && wants[this.#kind(move)] === anyState) {
      for (
        let operation = this.#must.first;
        operation !== noOperation && (opens[operation] ?? 0) <= now.answers;
        operation = this.#must.after(operation)
      ) {
        if (operation !== move && this.#isUnread(this.#kind(operation))) this.#mark(operation);
      }
    }
    now.state = machine.step(now.state, this.#kind(move));
    this.#mark(move);
  }

  /** Whether it is possible at any time, and nobody can want the state that it leads to. */
  #isUnread(kind: number): boolean {
    const { machine } = this.#timeline;
    if (machine.wants === undefined || machine.wants[kind] !== anyState) return false;
    return !this.#isWanted(machine.step(this.#now.state, kind));
  }

  #isWanted(state: number): boolean {
    const { machine, wantedUntil } = this.#timeline;
    if (state === machine.unread) return false;
    return wantedUntil === undefined || (wantedUntil[state] ?? 0) > this.#now.answers;
  }

  #mark(operation: number): void {
    this.#taken[operation] = 1;
    this.#trail.push(operation);
    this.#flip(operation);
    (this.#deadline(operation) === never ? this.#may : this.#must).takeOut(operation);
  }

  /** Passes the answer of an operation that is taken: its bit is free for another. */
  #pass(operation: number): void {
    this.#trail.push(~operation);
    this.#flip(operation);
    this.#now.answers++;
  }

  #undo({ state, trail }: Frame): void {
    const now = this.#now;
    while (this.#trail.length > trail) {
      const step = this.#trail.pop() ?? 0;
      if (step >= 0) {
        (this.#deadline(step) === never ? this.#may : this.#must).putBack(step);
        this.#flip(step);
        this.#taken[step] = 0;
      } else {
        now.answers--;
        this.#flip(~step);
      }
    }
    now.state = state;
  }

  /** Puts an operation into the set of those taken, or takes it out. */
  #flip(operation: number): void {
    const bit = this.#timeline.bit[operation] ?? 0;
    const isMay = this.#deadline(operation) === never;
    const set = isMay ? this.#now.may : this.#now.must;
    set[bit >> 5] = (set[bit >> 5] ?? 0) ^ (1 << (bit & 31));
    if (!isMay) this.#now.hash ^= mixed(operation);
  }

  #kind(operation: number): number {
    return this.#timeline.machine.kinds[operation] ?? 0;
  }

  #deadline(operation: number): number {
    return this.#timeline.deadline[operation] ?? never;
  }
}
