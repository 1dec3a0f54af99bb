import { elementsRead } from "../../../history/set-operations.ts";
import { impossible, type Machine, type Model, type ModelOperation, nothing } from "../model.ts";
import { Numbering } from "../numbering.ts";
import { BitSets } from "./bit-sets.ts";

/** A set that only grows: `add` puts an element in, `read` gives them all, in any order. It is empty at first. */
export const set: Model = { operations: ["add", "read"], machine };

/** Adding element e is kind e; the kinds of reads follow. */
function machine(operations: readonly ModelOperation[]): Machine {
  const elements = new Numbering();
  for (const { invoke } of operations) if (invoke.f === "add") elements.of(invoke.value);
  const sets = new BitSets(elements.size);
  /** What each kind of read shows: a state, or `impossible`. */
  const shown: number[] = [];
  const kinds = Int32Array.from(operations, ({ invoke, ok }) => {
    if (invoke.f === "add") return elements.of(invoke.value);
    return ok ? elements.size + shown.push(setOf(elementsRead(ok), elements, sets)) - 1 : nothing;
  });
  const isAdd = (kind: number) => kind < elements.size;
  const shownBy = (kind: number) => shown[kind - elements.size] ?? impossible;
  return {
    initial: sets.empty,
    kinds,
    kindCount: elements.size + shown.length,
    step: (state, kind) =>
      isAdd(kind) ? sets.with(state, kind) : shownBy(kind) === state ? state : impossible,
    isFree: (state, kind) => (isAdd(kind) ? sets.has(state, kind) : shownBy(kind) === state),
    /**
     * The smallest read that is under way and must be taken before the blocked operation says what to add next, and in which order is
     * all the same: so there is one way at most, and no search.
     */
    narrow: (state, blocked, under) => {
      const before = under.filter(
        (kind) => !isAdd(kind) && (kind === blocked || !isAdd(blocked) || !sets.has(shownBy(kind), blocked)),
      );
      if (before.length === 0) return [blocked];
      const goal = before
        .map(shownBy)
        .reduce((least, read) => (sets.size(read) < sets.size(least) ? read : least));
      const next = under.find((kind) => isAdd(kind) && sets.has(goal, kind) && !sets.has(state, kind));
      return next === undefined ? [] : [next];
    },
  };
}

/** The state that a read shows; `impossible` when no set of what was ever added is that. */
function setOf(shown: readonly unknown[], elements: Numbering, sets: BitSets): number {
  let state = sets.empty;
  for (const value of shown) {
    const element = elements.find(value);
    if (element === undefined || sets.has(state, element)) return impossible;
    state = sets.with(state, element);
  }
  return state;
}
