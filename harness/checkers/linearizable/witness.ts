import { impossible, type Model, type ModelOperation, nothing } from "./model.ts";
import { type ObjectHistory, upTo } from "./objects.ts";
import { type Outcome, type SearchLimit, search } from "./search.ts";
import { timelineOf } from "./timeline.ts";

/** Why an object is not linearizable. */
export interface Witness {
  readonly key: string | undefined;
  /** The last line of the prefix that shows it. */
  readonly line: number;
  /** Whether no shorter prefix shows it; false when the search for that was given up. */
  readonly isShortest: boolean;
  /** The operations invoked in the prefix; what is answered later, or never, has no answer. */
  readonly operations: readonly ModelOperation[];
  /** An order that explains all answers but the last, as places in `operations`; empty when the search for it was given up. */
  readonly order: readonly number[];
  /** The operation whose answer ends the prefix and has no place in any order, as place in `operations`. */
  readonly stuck: number;
  /** It would fit after this one of the order, the last such; `start`: before all others only; absent: nowhere. */
  readonly fitsAfter?: number | "start";
  /** The one next in the order, after which it fits no more. */
  readonly spoiltBy?: number;
}

/** What the search says of an object that is wrong. */
export type Unlinearizable = Extract<Outcome, { linearizable: false }>;

/**
 * The shortest prefix of an unlinearizable history that is unlinearizable itself, by completions.
 *
 * @param outcome of the search of the whole history. No order of all gets past the answer of its stuck operation, so that no shorter prefix
 *   is wrong. That prefix itself may be right when later answers tell what was under way then (a dequeue that had not been answered may
 *   have taken any element): then a longer one is looked for by bisection, since whatever begins with a wrong prefix is wrong.
 */
export function witnessOf(
  { key, operations }: ObjectHistory,
  model: Model,
  outcome: Unlinearizable,
  limit: SearchLimit,
): Witness {
  const lines = operations.flatMap(({ to }) => (Number.isFinite(to) ? [to] : [])).sort((a, b) => a - b);
  const judge = (line: number) => judgeObject(upTo(operations, line), model, limit);
  let low = lines.indexOf(operations[outcome.stuck]?.to ?? Number.NaN);
  let high = lines.length - 1;
  let isShortest = true;
  let line = lines[high] ?? 0;
  for (let place = low; low <= high; place = (low + high) >>> 1) {
    const judged = judge(lines[place] ?? 0);
    if (judged === undefined) isShortest = false;
    if (judged?.linearizable === false) {
      line = lines[place] ?? 0;
      high = place - 1;
    } else low = place + 1;
  }
  const prefix = upTo(operations, line);
  const stuck = prefix.findIndex(({ to }) => to === line);
  // Without that answer, what is left is right: the order that explains it.
  const rest = upTo(operations, line - 1);
  const explained = judgeObject(rest, model, limit);
  const order = explained?.linearizable ? explained.order.filter((operation) => operation !== stuck) : [];
  return { key, line, isShortest, operations: prefix, order, stuck, ...fitOf(prefix, model, order, stuck) };
}

/** Whether operations on one object, in the order of their invokes, are linearizable; undefined when the search gave up. */
export function judgeObject(
  operations: readonly ModelOperation[],
  model: Model,
  limit: SearchLimit,
): Outcome | undefined {
  return search(timelineOf(operations, model.machine(operations)), limit);
}

/** Where in an order an operation would fit last. */
function fitOf(
  operations: readonly ModelOperation[],
  model: Model,
  order: readonly number[],
  stuck: number,
): Pick<Witness, "fitsAfter" | "spoiltBy"> {
  const machine = model.machine(operations);
  const kind = machine.kinds[stuck] ?? nothing;
  let state = machine.initial;
  let fit: Pick<Witness, "fitsAfter" | "spoiltBy"> = {};
  let fits = machine.step(state, kind) !== impossible;
  order.forEach((operation, place) => {
    // Impossible where the stuck operation itself, with some other answer, is a part of what happened.
    if (state !== impossible) state = machine.step(state, machine.kinds[operation] ?? nothing);
    const fitsNow = state !== impossible && machine.step(state, kind) !== impossible;
    if (fits && !fitsNow) fit = { fitsAfter: order[place - 1] ?? "start", spoiltBy: operation };
    fits = fitsNow;
  });
  return fit;
}
