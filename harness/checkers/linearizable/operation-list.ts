import { noOperation } from "./timeline.ts";

/**
 * A doubly linked list of operations from which any can be taken out. They can be put back where they were, the last one taken out
 * first (Lowe 2017).
 */
export class OperationList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The place before the first. */
  readonly #head: number;

  /** @param total operations are below this. */
  constructor(operations: readonly number[], total: number) {
    this.#head = total;
    this.#next = new Int32Array(total + 1).fill(noOperation);
    this.#previous = new Int32Array(total + 1).fill(noOperation);
    let last = this.#head;
    for (const operation of operations) {
      this.#next[last] = operation;
      this.#previous[operation] = last;
      last = operation;
    }
  }

  get first(): number {
    return this.#next[this.#head] ?? noOperation;
  }

  after(operation: number): number {
    return this.#next[operation] ?? noOperation;
  }

  takeOut(operation: number): void {
    const next = this.#next[operation] ?? noOperation;
    const previous = this.#previous[operation] ?? this.#head;
    this.#next[previous] = next;
    if (next !== noOperation) this.#previous[next] = previous;
  }

  putBack(operation: number): void {
    const next = this.#next[operation] ?? noOperation;
    const previous = this.#previous[operation] ?? this.#head;
    this.#next[previous] = operation;
    if (next !== noOperation) this.#previous[next] = operation;
  }
}
