/**
 * Numbers integers: an open hash table of eight bytes an entry, at most half full. A Map would do, but takes four times
 * the room, twice the time, and no more than 2^24 entries.
 */
export class IntegerTable {
  /** By hash: the number of an integer plus 1; 0: free. */
  #slots = new Int32Array(1024);
  #size = 0;
  readonly #integerOf: (id: number) => unknown;

  /** @param integerOf the integer that a number was given to. */
  constructor(integerOf: (id: number) => unknown) {
    this.#integerOf = integerOf;
  }

  /** The number of an integer; undefined when it has none. */
  find(integer: number): number | undefined {
    const entry = this.#slots[this.#slotOf(integer)] ?? 0;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Gives a number to an integer that has none. */
  add(integer: number, id: number): void {
    if (2 * ++this.#size > this.#slots.length) this.#grow();
    this.#slots[this.#slotOf(integer)] = id + 1;
  }

  /** The slot of an integer, or the free one where it would be. */
  #slotOf(integer: number): number {
    const last = this.#slots.length - 1;
    // Fibonacci hashing over both halves of the integer, so that integers at any regular distance are spread.
    const mixed = Math.imul(integer ^ (integer / 2 ** 32), 0x9e3779b1);
    for (let slot = (mixed ^ (mixed >>> 15)) & last; ; slot = (slot + 1) & last) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0 || this.#integerOf(entry - 1) === integer) return slot;
    }
  }

  #grow(): void {
    const entries = this.#slots.filter((entry) => entry !== 0);
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (const entry of entries) this.#slots[this.#slotOf(this.#integerOf(entry - 1) as number)] = entry;
  }
}
