import type { HistoryEvent } from "../../history/event.ts";
import { witnessCap } from "../verdict.ts";
import type { ModelOperation } from "./model.ts";
import type { Witness } from "./witness.ts";

/** What was done, and with what answer: `write 3`, `read → 3`, `cas [1,2] ?`. */
export function describeOperation({ invoke, ok }: ModelOperation): string {
  const asked = invoke.value ?? null;
  const answer = ok?.value ?? null;
  const json = (value: unknown) => {
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
  const what = asked === null ? invoke.f : `${invoke.f} ${json(asked)}`;
  if (ok === undefined) return `${what} ?`;
  return JSON.stringify(answer) === JSON.stringify(asked) ? what : `${what} → ${json(answer)}`;
}

/** One sentence on why an object is not linearizable. */
export function describeWitness({
  key,
  operations,
  order,
  stuck,
  fitsAfter,
  spoiltBy,
  ...found
}: Witness): string {
  const named = (place: number | undefined) => {
    const operation = place === undefined ? undefined : operations[place];
    return operation && `${describeOperation(operation)} (event ${operation.invoke.index})`;
  };
  const object = key === undefined ? "the object without a key" : `key ${JSON.stringify(key)}`;
  const answered = operations.filter(({ ok }) => ok !== undefined).length;
  const where =
    spoiltBy === undefined
      ? ""
      : fitsAfter === "start"
        ? `: it would fit before ${named(spoiltBy)} only`
        : `: it would fit after ${named(fitsAfter)}, but not after ${named(spoiltBy)} that comes next`;
  const prefix = `the ${found.isShortest ? "shortest prefix" : "prefix found"} that shows it has ${answered} answers`;
  const rest = order.length === 0 ? "" : `, all others explained by an order of ${order.length} operations`;
  return `${object}: no order explains ${named(stuck)} of process ${operations[stuck]?.invoke.process}${where} (${prefix}${rest})`;
}

/**
 * The operations that show it best, the most telling first: the stuck one, what spoils it, where it would have fitted, what was under
 * way at the time and has no place either, and the last ones of the order.
 */
export function tellingOperations({
  operations,
  order,
  stuck,
  fitsAfter,
  spoiltBy,
}: Witness): readonly number[] {
  const ordered = new Set(order);
  const unplaced = [...operations.keys()].filter((place) => !ordered.has(place)).reverse();
  const known = [stuck, spoiltBy, fitsAfter].filter((place) => typeof place === "number");
  const told = [...known, ...unplaced.slice(0, 3), ...order.toReversed(), ...unplaced];
  return [...new Set(told)];
}

/** The events of the most telling operations, as many as an anomaly may show, in the order of their lines. */
export function eventsOf(witness: Witness): readonly HistoryEvent[] {
  const lines = new Map<number, HistoryEvent>();
  for (const place of tellingOperations(witness)) {
    const operation = witness.operations[place];
    if (operation === undefined) continue;
    const { invoke, ok, from, to } = operation;
    if (lines.size + (ok ? 2 : 1) > witnessCap) break;
    lines.set(from, invoke);
    if (ok) lines.set(to, ok);
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, event]) => event);
}
