import { z } from "zod";
import type { HistoryEvent } from "../../../history/event.ts";
import { parseValue } from "../../../history/values.ts";
import { impossible, type Machine, type Model, type ModelOperation } from "../model.ts";

const release = 0;
/** An acquire whose token is not known, or that has none. */
const acquireWithout = 1;
/** Acquiring with the token at place p is kind `tokenKinds + p`. */
const tokenKinds = 2;

/**
 * A mutex whose acquires are given tokens that strictly rise, whoever holds it. An acquire without a known token takes the lock and
 * says nothing of tokens.
 */
export const fencedMutex: Model = {
  operations: ["acquire", "release"],
  machine(operations: readonly ModelOperation[]): Machine {
    const fences = operations.map(({ invoke, ok }) =>
      invoke.f === "acquire" && ok ? fenceOf(ok) : undefined,
    );
    const known = fences.filter((fence) => fence !== undefined);
    const tokens = [...new Set(known)].sort((a, b) => a - b);
    const places = new Map(tokens.map((token, place) => [token, place]));
    // A state is twice the number of tokens up to the last one given, plus one while the lock is held.
    return {
      initial: 0,
      kinds: Int32Array.from(operations, ({ invoke }, index) => {
        if (invoke.f === "release") return release;
        const place = places.get(fences[index] ?? Number.NaN);
        return place === undefined ? acquireWithout : tokenKinds + place;
      }),
      kindCount: tokenKinds + tokens.length,
      step: (state, kind) => {
        const isHeld = state % 2 === 1;
        if (kind === release) return isHeld ? state - 1 : impossible;
        if (isHeld) return impossible;
        if (kind === acquireWithout) return state + 1;
        const place = kind - tokenKinds;
        return place >= state / 2 ? 2 * (place + 1) + 1 : impossible;
      },
      isFree: () => false,
      narrow: onlySmallestToken,
    };
  },
};

const acquired = z.object({ fence: z.number().optional() }).nullish();

/** @throws UsageError naming the event when it is neither null nor a fence. */
function fenceOf(ok: HistoryEvent): number | undefined {
  return parseValue(acquired, ok, "Locks")?.fence;
}

/** Of the acquires with known tokens, which must all take effect, one with a greater token comes later. */
function onlySmallestToken(_state: number, blocked: number, kinds: readonly number[]): readonly number[] {
  const smallest = kinds.reduce(
    (least, kind) => (kind >= tokenKinds ? Math.min(least, kind) : least),
    Infinity,
  );
  const possible = kinds.filter((kind) => kind < tokenKinds || kind === smallest);
  return possible.toSorted((a, b) => Number(b === blocked) - Number(a === blocked));
}
