import type { HistoryEvent } from "../../history/event.ts";

/** An operation as a model reads it. What failed did not happen, and is not among them. */
export interface ModelOperation {
  readonly invoke: HistoryEvent;
  /** The answer, when it is known to have taken effect; otherwise it may take effect from its invoke on, or never. */
  readonly ok: HistoryEvent | undefined;
  /** The line of its invoke, and of its `ok`: infinite without. */
  readonly from: number;
  readonly to: number;
}

/** A sequential object, as one history of it needs it. States and kinds of operations are small numbers. */
export interface Machine {
  readonly initial: number;
  /** What each operation does: those of one kind do the same. {@link nothing}: it neither changes nor tells anything. */
  readonly kinds: Int32Array;
  /** Kinds are below this. */
  readonly kindCount: number;
  /** The state after an operation of a kind, or {@link impossible}. */
  step(state: number, kind: number): number;
  /** Whether it is possible, and taking it now is never worse than taking it later (a read of this very state). */
  isFree(state: number, kind: number): boolean;
  /**
   * By kind, the only state in which it is possible; {@link anyState}: it is possible in all, and leads to the same one from each.
   * For objects of which both are true of every kind.
   */
  readonly wants?: Int32Array;
  /** The state from which no answer can tell anything, if there is one: it is never worth going there for its own sake. */
  readonly unread?: number;
  /**
   * Which of the kinds under way to try next, the most promising first. What is left out must be certain to lead nowhere.
   * @param blocked the kind of the operation that must be taken before anything new can be invoked.
   */
  narrow?(state: number, blocked: number, kinds: readonly number[]): readonly number[];
}

export const nothing = -1;
export const impossible = -1;
export const anyState = -1;

/** What a history is compared with. */
export interface Model {
  /** The kinds of operations (`f`) it knows. */
  readonly operations: readonly string[];
  /**
   * The object that some operations were done on, in the order of their invokes.
   * @throws UsageError naming the event whose value has another shape than docs/history-format.md says.
   */
  machine(operations: readonly ModelOperation[]): Machine;
}
