import type { HistoryEvent } from "../history/event.ts";
import { describeKey, keyOf, type ValueKey } from "./log/value-ids.ts";

/** An `ok` read of the whole set. Positions are lines of the history. */
export interface Read {
  readonly began: number;
  readonly ended: number;
  /** When it was invoked, in ns. */
  readonly beganAt: number;
  /** The event that shows it. */
  readonly witness: HistoryEvent;
}

/** What the history says of one element. */
export interface ElementStory {
  /** The element as JSON. */
  readonly element: string;
  /** It was shown before any add of it had begun, or though every add failed. */
  readonly unexpected: boolean;
  /** The first that showed that it is in the set: its add's ok, or a read. */
  readonly known:
    | { readonly position: number; readonly event: HistoryEvent; readonly at: number }
    | undefined;
  readonly firstShown: Read | undefined;
  /** Of the reads that showed it, the one that ended last. */
  readonly lastShown: Read | undefined;
  /** Of the reads that missed it, the one that began last. */
  readonly lastMissed: Read | undefined;
}

const NONE = -1;

/**
 * The elements of one set, and for each what the reads so far showed. Column by column in typed arrays: a thousand reads of a hundred
 * thousand elements are a hundred million visits.
 */
export class ElementTable {
  readonly #ids = new Map<ValueKey, number>();
  /** Of each element, where its adds began, without those that failed. */
  readonly #adds: number[][] = [];
  readonly #known: ElementStory["known"][] = [];
  readonly #reads: Read[] = [];
  // Numbers of reads, by element.
  #firstShown = new Int32Array(1_024).fill(NONE);
  #lastShown = new Int32Array(1_024).fill(NONE);
  #lastMissed = new Int32Array(1_024).fill(NONE);
  readonly #duplicated = new Set<number>();

  /** An add begins at line `position`. */
  attempt(value: unknown, position: number): void {
    this.#adds[this.#idOf(value)]?.push(position);
  }

  /** The add of `value` ended ok at line `position`. */
  acknowledge(value: unknown, ok: HistoryEvent, position: number): void {
    this.#known[this.#idOf(value)] ??= { position, event: ok, at: ok.time };
  }

  /** The add of `value` that began at line `began` failed: it was none. */
  refuse(value: unknown, began: number): void {
    const adds = this.#adds[this.#idOf(value)];
    adds?.splice(adds.indexOf(began), 1);
  }

  /** A read ended, at time `at`. Returns the elements that it shows more than once, unless another read did before. */
  show(elements: readonly unknown[], read: Read, at: number): string[] {
    const number = this.#reads.push(read) - 1;
    const twice: string[] = [];
    for (const value of elements) {
      const id = this.#idOf(value);
      if (this.#lastShown[id] === number) {
        if (!this.#duplicated.has(id)) twice.push(describeKey(keyOf(value)));
        this.#duplicated.add(id);
        continue;
      }
      this.#lastShown[id] = number;
      if (this.#firstShown[id] === NONE) this.#firstShown[id] = number;
      this.#known[id] ??= { position: read.ended, event: read.witness, at };
    }
    this.#miss(number, read.began);
    return twice;
  }

  /** Notes read `number` with every element that it did not show and that no read has missed that began later. */
  #miss(number: number, began: number): void {
    const lastShown = this.#lastShown;
    const lastMissed = this.#lastMissed;
    for (let id = 0; id < this.#adds.length; id++) {
      if (lastShown[id] === number) continue;
      const before = this.#reads[lastMissed[id] ?? NONE];
      if (before === undefined || before.began < began) lastMissed[id] = number;
    }
  }

  *stories(): Generator<ElementStory> {
    for (const [key, id] of this.#ids) {
      const firstShown = this.#reads[this.#firstShown[id] ?? NONE];
      const adds = this.#adds[id] ?? [];
      yield {
        element: describeKey(key),
        unexpected: firstShown !== undefined && !adds.some((began) => began < firstShown.ended),
        known: this.#known[id],
        firstShown,
        lastShown: this.#reads[this.#lastShown[id] ?? NONE],
        lastMissed: this.#reads[this.#lastMissed[id] ?? NONE],
      };
    }
  }

  #idOf(value: unknown): number {
    const key = keyOf(value);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(key, id);
    this.#adds.push([]);
    this.#known.push(undefined);
    if (id === this.#firstShown.length) {
      this.#firstShown = doubled(this.#firstShown);
      this.#lastShown = doubled(this.#lastShown);
      this.#lastMissed = doubled(this.#lastMissed);
    }
    return id;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2).fill(NONE);
  larger.set(column);
  return larger;
}
