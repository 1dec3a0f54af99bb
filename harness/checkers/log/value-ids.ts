import { Column } from "./column.ts";
import { IntegerTable } from "./integer-table.ts";

/** A value as a key of maps: numbers as they are, all else as a string that no other value has. */
export type ValueKey = number | string;

/** Starts the keys of values that are neither numbers nor strings, and of strings that start like that. */
const mark = "\u0000";

/** The key of any JSON value; two values have the same one exactly when they are equal as JSON. */
export function keyOf(value: unknown): ValueKey {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return mark + canonical(value);
  return value.startsWith(mark) ? mark + canonical(value) : value;
}

/** The value of a key as JSON, for people. */
export function describeKey(key: ValueKey): string {
  return typeof key === "string" && key.startsWith(mark) ? key.slice(1) : JSON.stringify(key);
}

/** JSON with the fields of objects in one order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(",")}}`;
}

/** Numbers values from 0 in the order in which they come. */
export class ValueIds {
  readonly keys: ValueKey[] = [];
  readonly #integers = new IntegerTable((id) => this.keys[id]);
  readonly #others = new Map<ValueKey, number>();

  /** The number of a value; undefined when it has none yet. */
  find(key: ValueKey): number | undefined {
    return Number.isInteger(key) ? this.#integers.find(key as number) : this.#others.get(key);
  }

  /** The number of a value, a new one when it has none yet. */
  idOf(key: ValueKey): number {
    const found = this.find(key);
    if (found !== undefined) return found;
    const id = this.keys.length;
    this.keys.push(key);
    if (Number.isInteger(key)) this.#integers.add(key as number, id);
    else this.#others.set(key, id);
    return id;
  }
}

/** Values, each with the place in the history where it was first put in. */
export class PlacedValues {
  readonly #ids = new ValueIds();
  readonly #places = new Column();

  add(key: ValueKey, place: number): void {
    const count = this.#ids.keys.length;
    const id = this.#ids.idOf(key);
    if (id === count) this.#places.set(id, place);
  }

  /** Undefined when the value is not in it. */
  placeOf(key: ValueKey): number | undefined {
    const id = this.#ids.find(key);
    return id === undefined ? undefined : this.#places.get(id);
  }

  has(key: ValueKey): boolean {
    return this.#ids.find(key) !== undefined;
  }
}
