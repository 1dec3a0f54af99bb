import { mixed } from "./hash.ts";

/** Entries are kept in pieces of about so many numbers: small, since there may be many objects that need few. */
const chunkNumbers = 8_192;
const none = -1;

/** A configuration of the search: how many answers are done with, the state, and which of the other operations under way are taken. */
export interface Configuration {
  answers: number;
  state: number;
  /** Operations that must be taken, and were before their answers; and a hash of them. */
  readonly must: Int32Array;
  hash: number;
  /** Operations that may be taken, and were. */
  readonly may: Int32Array;
}

/**
 * The configurations that the search has been to. One is no better than another that is alike but for having spent more of the
 * operations that may be taken or not: whatever can still be done with fewer left can be done with more.
 *
 * Sets are compared exactly; the hash only finds them.
 */
export class Visited {
  readonly #mustWords: number;
  readonly #words: number;
  /** A piece has two to this power entries. */
  readonly #chunkBits: number;
  /** Entries one after another, of `#words` each: the next of the bucket, hash, answers, state, must, may. */
  readonly #chunks: Int32Array[] = [];
  #count = 0;
  #buckets = new Int32Array(256).fill(none);

  constructor(mustWords: number, mayWords: number) {
    this.#mustWords = mustWords;
    this.#words = 4 + mustWords + mayWords;
    this.#chunkBits = Math.floor(Math.log2(Math.max(1, chunkNumbers / this.#words)));
  }

  /** Remembers a configuration. False when it is no better than one that is remembered already. */
  add({ answers, state, must, hash, may }: Configuration): boolean {
    const mixedHash = mixed(hash ^ Math.imul(answers, 0x9e3779b1) ^ Math.imul(state, 0x85ebca77));
    let bucket = mixedHash & (this.#buckets.length - 1);
    for (let entry = this.#buckets[bucket] ?? none; entry !== none; ) {
      const chunk = this.#chunkOf(entry);
      const at = this.#placeOf(entry);
      if (
        chunk[at + 1] === mixedHash &&
        chunk[at + 2] === answers &&
        chunk[at + 3] === state &&
        this.#sameMust(chunk, at, must)
      ) {
        const from = at + 4 + this.#mustWords;
        if (isWithin(chunk, from, may)) return false;
        if (contains(chunk, from, may)) {
          chunk.set(may, from);
          return true;
        }
      }
      entry = chunk[at] ?? none;
    }
    if (this.#count >= this.#buckets.length) {
      this.#grow();
      bucket = mixedHash & (this.#buckets.length - 1);
    }
    const entry = this.#count++;
    if (entry >> this.#chunkBits === this.#chunks.length)
      this.#chunks.push(new Int32Array(this.#words << this.#chunkBits));
    const chunk = this.#chunkOf(entry);
    const at = this.#placeOf(entry);
    chunk[at] = this.#buckets[bucket] ?? none;
    chunk[at + 1] = mixedHash;
    chunk[at + 2] = answers;
    chunk[at + 3] = state;
    chunk.set(must, at + 4);
    chunk.set(may, at + 4 + this.#mustWords);
    this.#buckets[bucket] = entry;
    return true;
  }

  #sameMust(chunk: Int32Array, at: number, must: Int32Array): boolean {
    for (let word = 0; word < must.length; word++) if (chunk[at + 4 + word] !== must[word]) return false;
    return true;
  }

  #grow(): void {
    const buckets = new Int32Array(2 * this.#buckets.length).fill(none);
    for (let entry = 0; entry < this.#count; entry++) {
      const chunk = this.#chunkOf(entry);
      const at = this.#placeOf(entry);
      const bucket = (chunk[at + 1] ?? 0) & (buckets.length - 1);
      chunk[at] = buckets[bucket] ?? none;
      buckets[bucket] = entry;
    }
    this.#buckets = buckets;
  }

  #chunkOf(entry: number): Int32Array {
    const chunk = this.#chunks[entry >> this.#chunkBits];
    if (chunk === undefined) throw new RangeError(`there is no entry ${entry}`);
    return chunk;
  }

  #placeOf(entry: number): number {
    return (entry & ((1 << this.#chunkBits) - 1)) * this.#words;
  }
}

/** Whether the set at a place is part of another. */
function isWithin(chunk: Int32Array, from: number, set: Int32Array): boolean {
  for (let word = 0; word < set.length; word++)
    if (((chunk[from + word] ?? 0) & ~(set[word] ?? 0)) !== 0) return false;
  return true;
}

/** Whether the set at a place has all of another. */
function contains(chunk: Int32Array, from: number, set: Int32Array): boolean {
  for (let word = 0; word < set.length; word++)
    if ((~(chunk[from + word] ?? 0) & (set[word] ?? 0)) !== 0) return false;
  return true;
}
