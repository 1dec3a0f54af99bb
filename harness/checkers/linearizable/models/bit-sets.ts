import { mixed } from "../hash.ts";

/** Sets of numbers below a bound. Each has a number of its own; equal sets have the same one. */
export class BitSets {
  readonly empty = 0;
  readonly #words: Int32Array[];
  readonly #hashes = [0];
  readonly #sizes = [0];
  /** The sets with a hash; seldom more than one. */
  readonly #byHash = new Map<number, number[]>([[0, [0]]]);

  constructor(bound: number) {
    this.#words = [new Int32Array(Math.ceil(bound / 32))];
  }

  has(set: number, member: number): boolean {
    return (((this.#words[set]?.[member >> 5] ?? 0) >>> (member & 31)) & 1) === 1;
  }

  /** How many members it has; infinite for what is no set. */
  size(set: number): number {
    return this.#sizes[set] ?? Number.POSITIVE_INFINITY;
  }

  /** The set with one more member. */
  with(set: number, member: number): number {
    if (this.has(set, member)) return set;
    const words = Int32Array.from(this.#words[set] ?? []);
    words[member >> 5] = (words[member >> 5] ?? 0) | (1 << (member & 31));
    const hash = (this.#hashes[set] ?? 0) ^ mixed(member);
    const alike = this.#byHash.get(hash) ?? [];
    const found = alike.find((other) => same(words, this.#words[other]));
    if (found !== undefined) return found;
    const made = this.#words.push(words) - 1;
    this.#hashes.push(hash);
    this.#sizes.push(this.size(set) + 1);
    this.#byHash.set(hash, [...alike, made]);
    return made;
  }
}

const same = (one: Int32Array, other: Int32Array | undefined): boolean =>
  one.every((word, index) => word === other?.[index]);
