import { type Machine, type ModelOperation, nothing } from "./model.ts";

/** The end of a list of operations. */
export const noOperation = -1;

/** An operation that may be taken, and never must. */
export const never = 0x7fffffff;

/**
 * The operations on one object as the search needs them: by number, in the order of their invokes. Time is counted in answers: only
 * what had been answered when something was invoked orders operations.
 */
export interface Timeline {
  readonly machine: Machine;
  /** The operations that must be taken, in the order of their answers. */
  readonly byAnswer: Int32Array;
  /** By operation: how many answers there were before its invoke. */
  readonly opens: Int32Array;
  /** By operation: its place in `byAnswer`; {@link never} for those that may take effect or not. */
  readonly deadline: Int32Array;
  /** The operations that must, and those that may be taken, each a list in the order of their invokes. */
  readonly must: readonly number[];
  readonly may: readonly number[];
  /**
   * By operation, its bit in the set of those taken: among those that must, one that no other under way at the same time has; among
   * those that may, one of its own.
   */
  readonly bit: Int32Array;
  /** How many bits each of the two sets has. */
  readonly mustBits: number;
  readonly mayBits: number;
  /** By state, how many answers there are before nobody can want it any more. Absent: unknown for this machine. */
  readonly wantedUntil?: Int32Array;
}

/** @param operations in the order of their invokes; failed ones left out. */
export function timelineOf(operations: readonly ModelOperation[], machine: Machine): Timeline {
  const isMust = (operation: number) => operations[operation]?.ok !== undefined;
  const answeredAt = (operation: number) => operations[operation]?.to ?? 0;
  const relevant = [...operations.keys()].filter((operation) => machine.kinds[operation] !== nothing);
  const must = relevant.filter(isMust);
  const byAnswer = Int32Array.from(must.toSorted((a, b) => answeredAt(a) - answeredAt(b)));
  const deadline = new Int32Array(operations.length).fill(never);
  byAnswer.forEach((operation, place) => {
    deadline[operation] = place;
  });

  const opens = new Int32Array(operations.length);
  const bit = new Int32Array(operations.length);
  const freeBits: number[] = [];
  let mustBits = 0;
  let answers = 0;
  for (const operation of relevant) {
    const from = operations[operation]?.from ?? 0;
    for (; answers < byAnswer.length; answers++) {
      const answered = byAnswer[answers] ?? noOperation;
      if (answeredAt(answered) > from) break;
      freeBits.push(bit[answered] ?? 0);
    }
    opens[operation] = answers;
    if (isMust(operation)) bit[operation] = freeBits.pop() ?? mustBits++;
  }

  const undecided = relevant.filter((operation) => !isMust(operation));
  const { may, wantedUntil } = usefulOf(undecided, must, machine, opens, deadline);
  may.forEach((operation, place) => {
    bit[operation] = place;
  });
  return {
    ...{ machine, byAnswer, opens, deadline, must, may, bit, mustBits, mayBits: may.length },
    ...(wantedUntil === undefined ? {} : { wantedUntil }),
  };
}

/**
 * Of the operations that may be taken, those that can be of use, where the machine says which state each operation wants: those
 * that lead to a state which somebody wants after their invoke. What is of no use to anyone wants nothing either.
 */
function usefulOf(
  undecided: readonly number[],
  must: readonly number[],
  machine: Machine,
  opens: Int32Array,
  deadline: Int32Array,
): { readonly may: readonly number[]; readonly wantedUntil?: Int32Array } {
  const { wants, kinds } = machine;
  const answers = must.length;
  const kindOf = (operation: number) => kinds[operation] ?? nothing;
  if (wants === undefined) {
    return { may: undecided.filter((operation) => (opens[operation] ?? 0) < answers) };
  }
  const wantedBy = (operation: number) => wants[kindOf(operation)] ?? 0;
  const givenBy = (operation: number) => machine.step(Math.max(0, wantedBy(operation)), kindOf(operation));
  const states = [...must, ...undecided].reduce(
    (most, operation) => Math.max(most, wantedBy(operation), givenBy(operation)),
    0,
  );
  let may = undecided;
  for (;;) {
    const wantedUntil = new Int32Array(states + 1);
    for (const operation of [...must, ...may]) {
      const state = wantedBy(operation);
      if (state < 0) continue;
      const last = Math.min(deadline[operation] ?? never, answers - 1);
      wantedUntil[state] = Math.max(wantedUntil[state] ?? 0, last + 1);
    }
    const useful = may.filter(
      (operation) => (wantedUntil[givenBy(operation)] ?? 0) > (opens[operation] ?? 0),
    );
    if (useful.length === may.length) return { may, wantedUntil };
    may = useful;
  }
}
