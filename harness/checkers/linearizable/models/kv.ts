import { z } from "zod";
import type { HistoryEvent } from "../../../history/event.ts";
import { parseValue } from "../../../history/values.ts";
import { impossible, type Machine, type Model, type ModelOperation, nothing } from "../model.ts";

/** A string: `get` gives it, `put` replaces it, `append` adds to its end. It is empty at first. */
export const kv: Model = { operations: ["get", "put", "append"], machine };

const stringSchema = z.string();
const textOf = (event: HistoryEvent) => parseValue(stringSchema, event, "Values by kind of operation");

/** The state of all strings that no get's answer begins with: until the next put no get can tell anything. */
const unread = 0;

function machine(operations: readonly ModelOperation[]): Machine {
  const answers = new Beginnings(
    operations.flatMap(({ invoke, ok }) => (invoke.f === "get" && ok ? [textOf(ok)] : [])),
  );
  const texts = new Map<string, number>();
  const states: (string | undefined)[] = [undefined];
  const stateOf = (text: string): number => {
    if (!answers.haveOneWith(text)) return unread;
    const found = texts.get(text);
    if (found !== undefined) return found;
    texts.set(text, states.length);
    return states.push(text) - 1;
  };
  const kinds = new Kinds();
  const initial = stateOf("");
  return {
    initial,
    kinds: Int32Array.from(operations, ({ invoke, ok }) => {
      if (invoke.f !== "get") {
        const text = textOf(invoke);
        // All puts that no answer shows do the same.
        return kinds.of(invoke.f, invoke.f === "put" && stateOf(text) === unread ? undefined : text);
      }
      return ok ? kinds.of("get", textOf(ok)) : nothing;
    }),
    get kindCount() {
      return kinds.all.length;
    },
    step: (state, kind) => {
      const { f, text } = kinds.at(kind);
      if (f === "put") return text === undefined ? unread : stateOf(text);
      const now = states[state];
      if (f === "get") return now === text ? state : impossible;
      return now === undefined ? unread : stateOf(now + text);
    },
    isFree: (state, kind) => {
      const { f, text } = kinds.at(kind);
      return f === "get" && states[state] === text;
    },
    unread,
    narrow: (state, blocked, under) => {
      const { f, text } = kinds.at(blocked);
      const now = states[state];
      const others = under.filter((kind) => kind !== blocked && kinds.at(kind).f !== "get");
      if (f !== "get") return [blocked, ...others];
      // What a blocked get has to show comes of a put that is under way, or begins with what is there.
      const puts = others.filter((kind) => kinds.at(kind).f === "put");
      if (puts.length > 0) return others;
      if (now === undefined) return [];
      return others.filter((kind) => text?.startsWith(now + kinds.at(kind).text) === true);
    },
  };
}

interface Kind {
  readonly f: string;
  readonly text: string | undefined;
}

class Kinds {
  readonly all: Kind[] = [];
  readonly #numbers = new Map<string, number>();

  of(f: string, text: string | undefined): number {
    const name = JSON.stringify([f, text ?? null]);
    const found = this.#numbers.get(name);
    if (found !== undefined) return found;
    this.#numbers.set(name, this.all.length);
    return this.all.push({ f, text }) - 1;
  }

  at(kind: number): Kind {
    const found = this.all[kind];
    if (found === undefined) throw new RangeError(`there is no kind ${kind}`);
    return found;
  }
}

/** Says whether any of some texts begins with another. */
class Beginnings {
  readonly #sorted: readonly string[];

  constructor(texts: readonly string[]) {
    this.#sorted = [...new Set(texts)].sort();
  }

  haveOneWith(beginning: string): boolean {
    // The first text that is not before the beginning has it, if any has.
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? "") < beginning) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low]?.startsWith(beginning) ?? false;
  }
}
