import { keyOf, type ValueKey } from "../log/value-ids.ts";

/** Numbers JSON values from 0 in the order in which they come; equal ones get the same number. */
export class Numbering {
  readonly #numbers = new Map<ValueKey, number>();

  of(value: unknown): number {
    const key = keyOf(value);
    const found = this.#numbers.get(key);
    if (found !== undefined) return found;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }

  /** Undefined when it has no number yet. */
  find(value: unknown): number | undefined {
    return this.#numbers.get(keyOf(value));
  }

  get size(): number {
    return this.#numbers.size;
  }
}
