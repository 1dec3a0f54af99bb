import { mixed } from "../hash.ts";

/** A stretch of a list. Those that grow by one share the list, so that a long queue is not copied with every step. */
interface Sequence {
  readonly list: number[];
  readonly from: number;
  readonly to: number;
  readonly hash: number;
}

const base = 0x01000193;

/** Sequences of numbers, to be lengthened at one end and shortened at the other. Each has a number; equal ones have the same one. */
export class Sequences {
  readonly empty = 0;
  readonly #all: Sequence[] = [{ list: [], from: 0, to: 0, hash: 0 }];
  readonly #byHash = new Map<number, number[]>([[0, [0]]]);
  /** `#powers[n]` is the base to the power n, in 32 bits. */
  readonly #powers = [1];

  first(id: number): number | undefined {
    const { list, from, to } = this.#at(id);
    return from < to ? list[from] : undefined;
  }

  last(id: number): number | undefined {
    const { list, from, to } = this.#at(id);
    return from < to ? list[to - 1] : undefined;
  }

  withLast(id: number, element: number): number {
    const { list, from, to, hash } = this.#at(id);
    // What comes behind this stretch in the list belongs to others: then a copy.
    const shared = list.length === to || list[to] === element;
    const own = shared ? list : list.slice(from, to);
    const end = shared ? to : to - from;
    if (own.length === end) own.push(element);
    return this.#numberOf({
      list: own,
      from: shared ? from : 0,
      to: end + 1,
      hash: (Math.imul(hash, base) + mixed(element)) | 0,
    });
  }

  withoutFirst(id: number): number {
    const { list, from, to, hash } = this.#at(id);
    const gone = Math.imul(mixed(list[from] ?? 0), this.#power(to - from - 1));
    return this.#numberOf({ list, from: from + 1, to, hash: (hash - gone) | 0 });
  }

  #numberOf(sequence: Sequence): number {
    const alike = this.#byHash.get(sequence.hash);
    const found = alike?.find((id) => same(sequence, this.#at(id)));
    if (found !== undefined) return found;
    const id = this.#all.push(sequence) - 1;
    if (alike) alike.push(id);
    else this.#byHash.set(sequence.hash, [id]);
    return id;
  }

  #at(id: number): Sequence {
    const found = this.#all[id];
    if (found === undefined) throw new RangeError(`there is no sequence ${id}`);
    return found;
  }

  #power(exponent: number): number {
    for (let n = this.#powers.length; n <= exponent; n++)
      this.#powers.push(Math.imul(this.#powers[n - 1] ?? 1, base));
    return this.#powers[exponent] ?? 1;
  }
}

function same(one: Sequence, other: Sequence): boolean {
  if (one.to - one.from !== other.to - other.from) return false;
  if (one.list === other.list && one.from === other.from) return true;
  for (let index = one.from; index < one.to; index++)
    if (one.list[index] !== other.list[index - one.from + other.from]) return false;
  return true;
}
