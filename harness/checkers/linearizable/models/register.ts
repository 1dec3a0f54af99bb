import { z } from "zod";
import type { HistoryEvent } from "../../../history/event.ts";
import { parseValue } from "../../../history/values.ts";
import { anyState, impossible, type Machine, type Model, type ModelOperation, nothing } from "../model.ts";
import { Numbering } from "../numbering.ts";

/** A register: `read` gives what was written last, null before that. */
export const register: Model = { operations: ["read", "write"], machine };

/** A register with compare-and-set: `cas` [old, new] is possible only while the register holds old. */
export const casRegister: Model = { operations: ["read", "write", "cas"], machine };

const pair = z.tuple([z.unknown(), z.unknown()]);
const oldAndNew = (event: HistoryEvent) => parseValue(pair, event, "Values by kind of operation");

/** Values are states. All that are never read or compared with are one state: nothing tells them apart. */
function machine(operations: readonly ModelOperation[]): Machine {
  const values = new Numbering();
  const initial = values.of(null);
  for (const { invoke, ok } of operations) {
    if (invoke.f === "read" && ok) values.of(ok.value);
    if (invoke.f === "cas") values.of(oldAndNew(invoke)[0]);
  }
  const unread = values.size;
  const steps = new Steps(unread + 1);
  const stateOf = (value: unknown): number => values.find(value) ?? unread;
  const kinds = Int32Array.from(operations, ({ invoke, ok }) => {
    if (invoke.f === "write") return steps.kind(anyState, stateOf(invoke.value));
    if (invoke.f === "cas") {
      const [from, to] = oldAndNew(invoke);
      return steps.kind(stateOf(from), stateOf(to));
    }
    return ok ? steps.kind(stateOf(ok.value), stateOf(ok.value)) : nothing;
  });
  const { wants, gives } = steps;
  return {
    initial,
    kinds,
    kindCount: wants.length,
    step: (state, kind) =>
      wants[kind] === anyState || wants[kind] === state ? (gives[kind] ?? impossible) : impossible,
    isFree: (state, kind) => wants[kind] === state && gives[kind] === state,
    wants: Int32Array.from(wants),
    unread,
  };
}

/** The kinds of operations: from one wanted state, or any, to another. */
class Steps {
  readonly wants: number[] = [];
  readonly gives: number[] = [];
  readonly #states: number;
  readonly #kinds = new Map<number, number>();

  /** @param states are below this. */
  constructor(states: number) {
    this.#states = states;
  }

  kind(want: number, give: number): number {
    const name = (want + 1) * this.#states + give;
    const found = this.#kinds.get(name);
    if (found !== undefined) return found;
    const kind = this.wants.length;
    this.#kinds.set(name, kind);
    this.wants.push(want);
    this.gives.push(give);
    return kind;
  }
}
