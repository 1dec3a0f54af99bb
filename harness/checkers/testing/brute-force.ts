import { isDeepStrictEqual } from "node:util";
import type { HistoryEvent } from "../../history/event.ts";
import { pairOperations } from "../../history/operations.ts";
import type { ModelName } from "../linearizable.ts";

/** An object as it is described to people: the state after an operation with an answer, or undefined when that cannot be. */
export interface Specification {
  readonly initial: unknown;
  /** @param answer of an `ok`; undefined: whatever it was, which gives every state that it may have led to. */
  apply(state: never, f: string, asked: never, answer?: { readonly value: unknown }): unknown[];
}

const same = isDeepStrictEqual;
const only = (condition: boolean, state: unknown): unknown[] => (condition ? [state] : []);

/** The models once more, in the plainest way. */
export const specifications: Record<ModelName, Specification> = {
  register: {
    initial: null,
    apply: (state: unknown, f, asked: unknown, answer) =>
      f === "write" ? [asked] : only(answer === undefined || same(state, answer.value), state),
  },
  "cas-register": {
    initial: null,
    apply: (state: unknown, f, asked: [unknown, unknown], answer) => {
      if (f === "cas") return only(same(state, asked[0]), asked[1]);
      return f === "write" ? [asked] : only(answer === undefined || same(state, answer.value), state);
    },
  },
  kv: {
    initial: "",
    apply: (state: string, f, asked: string, answer) => {
      if (f === "put") return [asked];
      if (f === "append") return [state + asked];
      return only(answer === undefined || state === answer.value, state);
    },
  },
  set: {
    initial: [],
    apply: (state: number[], f, asked: number, answer) => {
      if (f === "add") return [[...new Set([...state, asked])].sort()];
      return only(answer === undefined || same(state, [...(answer.value as number[])].sort()), state);
    },
  },
  queue: {
    initial: [],
    apply: (state: unknown[], f, asked: unknown, answer) => {
      if (f === "enqueue") return [[...state, asked]];
      const first = state.length === 0 ? null : state[0];
      return only(answer === undefined || same(first, answer.value), state.slice(1));
    },
  },
  mutex: {
    initial: false,
    apply: (held: boolean, f) => only(held === (f === "release"), !held),
  },
  "fenced-mutex": {
    initial: { held: false, last: Number.NEGATIVE_INFINITY },
    apply: ({ held, last }: { held: boolean; last: number }, f, _asked, answer) => {
      if (f === "release") return only(held, { held: false, last });
      const fence = (answer?.value as { fence: number } | null | undefined)?.fence;
      return only(!held && (fence === undefined || fence > last), { held: true, last: fence ?? last });
    },
  },
};

/**
 * Whether the history of one object is linearizable, by trying every order: for a few operations only.
 * @param until the history ends after this line (default: all of it); operations that fail later are left out as well.
 */
export function isLinearizableByForce(
  events: readonly HistoryEvent[],
  { initial, apply }: Specification,
  until = events.length - 1,
): boolean {
  const lines = new Map(events.map((event, line) => [event, line]));
  const lineOf = (event: HistoryEvent) => lines.get(event) ?? 0;
  const operations = pairOperations(events)
    .filter(({ invoke, completion }) => completion?.type !== "fail" && lineOf(invoke) <= until)
    .map((operation) => {
      const ok = operation.completion?.type === "ok" ? operation.completion : undefined;
      const known = ok !== undefined && lineOf(ok) <= until ? ok : undefined;
      return {
        ...{ invoke: operation.invoke, from: lineOf(operation.invoke) },
        ...{ answer: known && { value: known.value }, to: known ? lineOf(known) : Infinity },
      };
    });
  const explore = (left: typeof operations, state: unknown): boolean => {
    if (left.every(({ answer }) => answer === undefined)) return true;
    const soonest = Math.min(...left.map(({ to }) => to));
    return left
      .filter(({ from }) => from < soonest)
      .some((next) =>
        apply(state as never, next.invoke.f, next.invoke.value as never, next.answer).some((after) =>
          explore(
            left.filter((other) => other !== next),
            after,
          ),
        ),
      );
  };
  return explore(operations, initial);
}

/** The lines at which operations end `ok`. */
export const answersIn = (events: readonly HistoryEvent[]): number[] =>
  events.flatMap(({ type }, line) => (type === "ok" ? [line] : []));
